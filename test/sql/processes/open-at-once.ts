// For each line of standard input, {"url", "session", "at"}: opens the database of the URL at that
// moment, in milliseconds since 1970, begins a turn in the session, ends it, and writes "done", or
// what went wrong, as a line.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { ending, newTurn } from "../../../src/testing/store-contract/turn-steps.ts";

interface Round {
  readonly url: string;
  readonly session: string;
  readonly at: number;
}

process.stdout.write("ready\n");
for await (const line of createInterface(process.stdin)) {
  const { url, session, at } = JSON.parse(line) as Round;
  await setTimeout(at - Date.now() - 2);
  while (Date.now() < at);
  process.stdout.write(`${await attempt(url, session)}\n`);
}

async function attempt(url: string, session: string): Promise<string> {
  try {
    const store = await openSqlStore(url);
    const requestId = randomUUID();
    await store.beginTurn(newTurn(session, requestId));
    await store.endTurn(ending(requestId, { query: 1, answer: 2 }));
    await store[Symbol.asyncDispose]();
    return "done";
  } catch (error) {
    const { stack = "", cause } = error as Error;
    return JSON.stringify({ stack, cause: String(cause) });
  }
}
