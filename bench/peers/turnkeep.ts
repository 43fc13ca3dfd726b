import { openSqlStore } from "../../src/index.ts";
import { prepareFloor, makeMessageTable } from "../message-table.ts";
import { findDatabases } from "../databases.ts";
import { floorTurn } from "../floor/floor.ts";
import { storeTurn } from "../store-turn.ts";
import { text } from "../work.ts";
import type { Peer } from "./peer.ts";

const shared = { package: "", isDurable: true } as const;
const databases = { sqlite: "SQLite", postgresql: "PostgreSQL" };

/** turnkeep's store, and the floor, on the same work. */
export const subjects: readonly Peer[] = Object.entries(databases).flatMap(([name, title]) => [
  {
    ...shared,
    title: `turnkeep, ${title}`,
    database: name,
    async open({ url }) {
      const store = await openSqlStore(url);
      return {
        begin: async () => undefined,
        turn: (sessionId) => storeTurn(store, sessionId, text),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  },
  {
    ...shared,
    title: `the floor, ${title}`,
    database: name,
    async open(database) {
      await makeMessageTable(database, name, { sessions: 0, turns: 0 });
      await prepareFloor(database, name);
      const [known] = await findDatabases([name]);
      if (known === undefined) throw new Error(`There is no floor on ${name}.`);
      const floor = await known.openFloor(database.url);
      return {
        begin: async () => undefined,
        turn: (sessionId) => floorTurn(floor, sessionId, text),
        [Symbol.asyncDispose]: () => floor[Symbol.asyncDispose](),
      };
    },
  },
]);
