import { readFileSync } from "node:fs";
import { fixture } from "../../../src/databases/mysql/fixture.ts";
import type { TestDatabase } from "../../../src/sql/database-fixture.ts";

const [create = "", ...inserts] = readFileSync(
  new URL("../../fixtures/table/python-made-mariadb.sql", import.meta.url),
  "utf8",
).split(/;\n/);

/** A database with the table that Python's SQLAlchemy made on MariaDB, and nothing in it. */
export async function createPythonMade(): Promise<TestDatabase> {
  const database = await fixture.createDatabase();
  await database.execute(create);
  return database;
}

/** Inserts the rows of two conversations that Python held. */
export async function insertConversations(database: TestDatabase): Promise<void> {
  await database.execute(...inserts.filter((insert) => insert.trim() !== ""));
}
