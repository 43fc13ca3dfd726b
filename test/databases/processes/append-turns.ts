// Appends turns without end, and writes the name of each that is stored as a line.
// Arguments: the database's URL, and what the names begin with.
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { turnOf } from "../../../src/testing/store-contract/cases.ts";

const [, , url = "", prefix = ""] = process.argv;
const store = await openSqlStore(url);
const long = "海😀".repeat(500);

async function write(writer: number): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    const name = `${prefix} ${writer} ${turn}`;
    await store.appendTurn(
      turnOf("session", { query: name, draft: `${name} ${long}`, answer: name }),
    );
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(write));
