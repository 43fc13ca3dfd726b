// Opens the database as soon as it is told to by a line, appends one turn, and writes what it reads.
// Arguments: the database's URL, and the turn's content.
import { once } from "node:events";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";

const [, , url = "", content = ""] = process.argv;
process.stdout.write("ready\n");
await once(process.stdin, "data");
const store = await openSqlStore(url);
await store.appendTurn(turnOf("session", { query: content, answer: content }));
process.stdout.write(`${JSON.stringify(await contentsOf(store, "session", "answer"))}\n`);
await store[Symbol.asyncDispose]();
process.stdin.destroy();
