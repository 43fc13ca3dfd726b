import { Kysely } from "kysely";
import type { StoreFixture } from "../../src/testing/store-fixture.ts";
import { databaseNames, openDatabase } from "../../src/sql/find-database.ts";
import type { DatabaseFixture, TestDatabase } from "../../src/sql/database-fixture.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { messagesTable, type Tables } from "../../src/sql/tables.ts";

/** The fixture of each folder under `databases/`, by the folder's name. */
export async function databaseFixtures(): Promise<ReadonlyMap<string, DatabaseFixture>> {
  const names = await databaseNames();
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, DatabaseFixture]> => {
        const module = (await import(`../../src/databases/${name}/fixture.ts`)) as {
          fixture: DatabaseFixture;
        };
        return [name, module.fixture];
      }),
    ),
  );
}

/** The store contract's fixture on a SQL database. */
export function sqlStoreFixture(database: TestDatabase): StoreFixture {
  return {
    open: (options) => openSqlStore(database.url, options),
    refuseKey: (messageKey) => database.refuseKey(messageKey),
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
