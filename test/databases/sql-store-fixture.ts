import { Kysely } from "kysely";
import { inject } from "vitest";
import type { StoreFixture } from "../../src/testing/store-fixture.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import type { DatabaseFixture, TestDatabase } from "../../src/sql/database-fixture.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { messagesTable, type Tables } from "../../src/sql/tables.ts";
import { allFixtures } from "./fixtures.ts";

/** The fixture of each folder under `databases/` that there is a server of, by the folder's name. */
export async function databaseFixtures(): Promise<ReadonlyMap<string, DatabaseFixture>> {
  const missing = inject("missingDatabases");
  return new Map([...(await allFixtures())].filter(([name]) => !missing.includes(name)));
}

/** The store contract's fixture on a SQL database. */
export function sqlStoreFixture(database: TestDatabase): StoreFixture {
  return {
    open: (options) => openSqlStore(database.url, options),
    refuseKey: (messageKey) =>
      database.refuse(messagesTable, `message_key = '${messageKey.replaceAll("'", "''")}'`),
    async addRecord({ id, sessionId, requestId, messageKey, message, createdAt, updatedAt }) {
      await using open = await openDatabase(database.url);
      await new Kysely<Tables>({ dialect: open.writes })
        .insertInto(messagesTable)
        .values({
          id,
          session_id: sessionId,
          request_id: requestId,
          message_key: messageKey,
          message_value: JSON.stringify(message),
          created_at: createdAt,
          updated_at: updatedAt,
          deleted: false,
        })
        .execute();
    },
    async markDeleted(recordId) {
      await using open = await openDatabase(database.url);
      await new Kysely<Tables>({ dialect: open.writes })
        .updateTable(messagesTable)
        .set({ deleted: true })
        .where("id", "=", recordId)
        .execute();
    },
  };
}
