// Opens the database, and writes the error's code and message, or "open".
// Argument: the database's URL.
import { openSqlStore } from "../../../src/sql/sql-store.ts";

const [, , url = ""] = process.argv;
try {
  const store = await openSqlStore(url);
  await store[Symbol.asyncDispose]();
  process.stdout.write("open\n");
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  process.stdout.write(`${code} ${message}\n`);
}
