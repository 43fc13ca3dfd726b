import type { SessionStore } from "../../src/session/session-store.ts";
import { openSqlStore, type SqlStoreOptions } from "../../src/sql/sql-store.ts";

/**
 * Opens one store whose every operation goes through another node than the one before it, and those
 * that are under way at the same time through different ones.
 * @param urls the database's URL on each node alone.
 */
export async function openSpreadStore(
  urls: readonly string[],
  options: SqlStoreOptions = {},
): Promise<SessionStore> {
  const stores = await Promise.all(urls.map((url) => openSqlStore(url, options)));
  const [first] = stores;
  if (first === undefined) throw new TypeError("A store needs a URL.");
  let turn = 0;
  return new Proxy(first, {
    get(_, name) {
      if (name === Symbol.asyncDispose) {
        return () => Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
      }
      const store = stores[turn % stores.length] ?? first;
      const member: unknown = Reflect.get(store, name);
      if (typeof member !== "function") return member;
      turn += 1;
      return member.bind(store) as unknown;
    },
  });
}
