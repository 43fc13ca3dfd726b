import { mkdtemp, rm, stat } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseFixture } from "../../sql/database-fixture.ts";
import { toUrl } from "./location.ts";
import { loadSqlite } from "./node-sqlite.ts";

/** Databases in files of their own in the machine's temporary directory. */
export const fixture: DatabaseFixture = {
  async createDatabase() {
    const directory = await mkdtemp(join(tmpdir(), "turnkeep-"));
    const path = join(directory, "sessions.db");
    const within = <Result>(work: (database: DatabaseSync) => Result): Result => {
      const { DatabaseSync: Connection } = loadSqlite();
      const database = new Connection(path, { timeout: 5000 });
      try {
        return work(database);
      } finally {
        database.close();
      }
    };
    return {
      url: toUrl(path),
      async refuse(table, condition) {
        within((database) => {
          const names = database.prepare(`PRAGMA table_info(${table})`).all();
          const row = names.map(({ name }) => `NEW."${String(name)}" AS "${String(name)}"`).join();
          for (const event of ["INSERT", "UPDATE"]) {
            database.exec(
              `CREATE TRIGGER refusal_${table}_${event} BEFORE ${event} ON ${table} BEGIN
               SELECT RAISE(ABORT, 'refused by the test') FROM (SELECT ${row}) WHERE ${condition}; END`,
            );
          }
        });
      },
      async accept(table) {
        within((database) => {
          for (const event of ["INSERT", "UPDATE"]) {
            database.exec(`DROP TRIGGER refusal_${table}_${event}`);
          }
        });
      },
      async execute(...statements) {
        return within((database) => {
          const rows = statements.map((statement) => database.prepare(statement).all());
          return rows.at(-1) ?? [];
        });
      },
      async sizeOnDisk() {
        within((database) => database.exec("PRAGMA wal_checkpoint(FULL)"));
        return (await stat(path)).size;
      },
      async [Symbol.asyncDispose]() {
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};
