import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseFixture } from "../../sql/database-fixture.ts";
import { messagesTable } from "../../sql/tables.ts";
import { toUrl } from "./location.ts";
import { loadSqlite } from "./node-sqlite.ts";

/** Databases in files of their own in the machine's temporary directory. */
export const fixture: DatabaseFixture = {
  async createDatabase() {
    const directory = await mkdtemp(join(tmpdir(), "turnkeep-"));
    const path = join(directory, "sessions.db");
    return {
      url: toUrl(path),
      async refuseKey(messageKey) {
        const { DatabaseSync } = loadSqlite();
        const database = new DatabaseSync(path);
        const text = `'${messageKey.replaceAll("'", "''")}'`;
        database.exec(
          `CREATE TRIGGER refusal BEFORE INSERT ON ${messagesTable} WHEN NEW.message_key = ${text}
           BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
        );
        database.close();
      },
      async execute(...statements) {
        const { DatabaseSync } = loadSqlite();
        const database = new DatabaseSync(path);
        try {
          return statements.flatMap((statement, index) => {
            const rows = database.prepare(statement).all();
            return index === statements.length - 1 ? rows : [];
          });
        } finally {
          database.close();
        }
      },
      async [Symbol.asyncDispose]() {
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};
