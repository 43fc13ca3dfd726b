import { Kysely } from "kysely";
import { openDatabase } from "../../src/sql/find-database.ts";
import { KnownKeys } from "../../src/sql/known-keys.ts";
import { type Work, StoreStatements } from "../../src/sql/statements/store-statements.ts";
import type { Tables } from "../../src/sql/tables.ts";
import { transact } from "../../src/sql/transaction.ts";

/** A transaction that has done its work, and waits to be committed. */
export interface HeldTransaction extends AsyncDisposable {
  /** Whether it was committed; false where another came before it. */
  commit(): Promise<boolean>;
}

const clock = (): string => "2026-11-23 10:00:00.000000";

/** Does an operation of the store in a transaction of a database; fulfilled when all is done but its end. */
export async function holdTransaction(
  url: string,
  operation: (work: Work) => Promise<unknown>,
): Promise<HeldTransaction> {
  const database = await openDatabase(url);
  const kysely = new Kysely<Tables>({ dialect: database.writes });
  const statements = new StoreStatements(kysely, database);
  const done = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ended = transact(kysely, { isLost: () => false }, async (transaction) => {
    await operation({ transaction, statements, clock, timeStep: 1, knownKeys: new KnownKeys() });
    done.resolve();
    await end.promise;
  });
  const committed = ended.then(
    () => true,
    (error: unknown) => {
      done.reject(error);
      if (database.explain(error)?.kind === "conflict") return false;
      throw error;
    },
  );
  committed.catch(() => undefined);
  await done.promise;
  return {
    commit() {
      end.resolve();
      return committed;
    },
    async [Symbol.asyncDispose]() {
      end.resolve();
      await committed.catch(() => undefined);
      await database[Symbol.asyncDispose]();
    },
  };
}
