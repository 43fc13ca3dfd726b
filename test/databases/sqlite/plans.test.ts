import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { NewTurn } from "../../../src/session/turn-store.ts";
import { turnOf } from "../../../src/testing/store-contract/cases.ts";
import { ending, longClaim, newTurn } from "../../../src/testing/store-contract/turn-steps.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { openRecorded, type RecordedStore } from "../../sql/recorded-store.ts";

const user = { sessionId: "session", userId: undefined };
const key = { key: "k".repeat(64), bodyHash: "b".repeat(64) };

const forked = { sessionId: "forked", userId: undefined };

function version(requestId: string): NewTurn {
  return newTurn("forked", requestId, { versionOf: "a" });
}

async function make({ turns }: RecordedStore, requestId: string): Promise<void> {
  await turns.beginTurn(newTurn("forked", requestId));
  await turns.endTurn(ending(requestId, { query: 1, answer: 2 }));
}

const allMessages = [
  "SEARCH appbuilder_session_messages USING INDEX appbuilder_session_messages_history (session_id=?)",
];

type Work = (store: RecordedStore) => Promise<unknown>;

/** What is done to a database, in this order; each with its steps that may scan or sort. */
const works: readonly (readonly [name: string, work: Work, allowed?: readonly string[]])[] = [
  ["beginning the first turn", ({ turns }) => turns.beginTurn(newTurn("session", "1"))],
  ["beginning a turn that waits", ({ turns }) => turns.beginTurn(newTurn("session", "2"))],
  [
    "beginning a turn with a key, in place of others",
    ({ turns }) =>
      turns.beginTurn(
        newTurn("session", "3", { idempotency: key, concurrency: "supersede", replica: "dead" }),
      ),
  ],
  [
    "finding the turn of a key",
    ({ turns }) => turns.beginTurn(newTurn("session", "4", { idempotency: key })),
  ],
  [
    "keeping chunks",
    ({ turns }) =>
      turns.appendChunks("replica", [
        { requestId: "1", number: 1, content: "b", fields: {} },
        { requestId: "1", number: 0, content: "a", fields: {} },
        { requestId: "2", number: 0, content: "c", fields: {} },
      ]),
  ],
  ["reading chunks", ({ turns }) => turns.getChunks("1", 0)],
  ["renewing claims", ({ turns }) => turns.renewClaims("replica", longClaim)],
  ["asking for stop requests", ({ turns }) => turns.getStopRequests("replica")],
  ["asking a turn to stop", ({ turns }) => turns.requestStop("1", undefined)],
  ["ending a turn", ({ turns }) => turns.endTurn(ending("1", { query: 1, answer: 2 }))],
  [
    "running a turn again",
    ({ turns }) => turns.beginTurn(newTurn("session", "5", { retryOf: "1", replica: "dead" })),
  ],
  [
    "claiming a turn",
    ({ turns }) => turns.claimTurn({ requestId: "2", replica: "replica", claimTime: longClaim }),
  ],
  ["judging a turn", ({ turns }) => turns.setFeedback("1", undefined, undefined)],
  ["losing claims", ({ turns }) => turns.renewClaims("dead", 0)],
  ["interrupting turns", ({ turns }) => turns.interruptLapsed()],
  ["reading a turn", ({ turns }) => turns.getTurn("1", undefined)],
  ["reading turns", ({ turns }) => turns.getTurns({ ...user, limit: 10 })],
  ["forgetting keys", ({ turns }) => turns.forgetIdempotencyKeys(0)],
  [
    "appending messages",
    ({ messages }) => messages.appendTurn(turnOf("session", { query: 1, answer: 2 })),
  ],
  [
    "reading history",
    ({ messages }) => messages.getHistory({ ...user, messageKey: "a", limit: 1 }),
  ],
  [
    "reading messages of a key",
    ({ messages }) => messages.getMessages({ ...user, messageKey: "query", limit: 10 }),
  ],
  [
    "reading messages of all keys",
    ({ messages }) =>
      messages.getMessages({
        ...user,
        limit: 10,
        before: { updatedAt: "2999-01-01 00:00:00.000000", id: "id" },
      }),
    // As many of each key as the page has.
    ["USE TEMP B-TREE FOR ORDER BY"],
  ],
  ["making a turn", (store) => make(store, "a")],
  ["beginning a version", ({ turns }) => turns.beginTurn(version("b"))],
  [
    "reading a version's history",
    ({ messages }) =>
      messages.getHistory({ ...forked, messageKey: "query", limit: 1, requestId: "b" }),
  ],
  [
    "reading the turns that are shown",
    ({ turns }) => turns.getTurns({ ...forked, shown: true, limit: 3 }),
  ],
  ["ending a version", ({ turns }) => turns.endTurn(ending("b", { query: 1, answer: 2 }))],
  ["making a turn behind a version", (store) => make(store, "c")],
  ["selecting a version", ({ turns }) => turns.selectTurn("a", undefined)],
  ["reading the turn of a version", ({ turns }) => turns.getTurn("b", undefined)],
  ["listing sessions of nobody", ({ sessions }) => sessions.listSessions({ ...user, limit: 10 })],
  [
    "listing sessions of somebody",
    ({ sessions }) => sessions.listSessions({ userId: "user", limit: 10 }),
  ],
  ["reading a session", ({ sessions }) => sessions.getSession("session", undefined)],
  [
    "renaming a session",
    ({ sessions }) => sessions.updateSession("session", undefined, { title: "title" }),
  ],
  [
    "deleting a session",
    ({ sessions }) => sessions.updateSession("session", undefined, { deleted: true }),
    allMessages,
  ],
  [
    "restoring a session",
    ({ sessions }) => sessions.updateSession("session", undefined, { deleted: false }),
    allMessages,
  ],
];

// What a statement brings along, and the message keys of one session, which are stepped
// through, and the page of each.
const harmless = /^SCAN (?:CONSTANT ROW|\d+-ROW VALUES CLAUSE|keys|of_key)$/;

// Also what goes through all that a session has; where an index tells all, it takes the first alone.
const costlyStep =
  /SCAN|TEMP B-TREE|AUTOMATIC|USING INDEX \S+_(?:history|turns_1) \(session_id=\?\)/;

test("every statement goes along an index, and nothing is sorted but a page", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "plans.db");
  await using store = await openRecorded(`sqlite:///${path}`);
  const database = new DatabaseSync(path);
  let searches = 0;
  for (const [name, work, allowed = []] of works) {
    const statements = await store.statementsOf(() => work(store));
    expect(statements, name).not.toEqual([]);
    const steps = new Set(statements.flatMap((sql) => planOf(database, sql)));
    searches += [...steps].filter((step) => step.startsWith("SEARCH")).length;
    const costly = [...steps].filter((step) => costlyStep.test(step));
    expect([name, ...costly.filter((step) => !harmless.test(step))]).toEqual([name, ...allowed]);
  }
  expect(searches).toBeGreaterThan(50);
  database.close();
});

test("the statements of an ordinary turn seek what they name, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "plans.db");
  await using store = await openRecorded(`sqlite:///${path}`);
  const database = new DatabaseSync(path);
  await store.turns.beginTurn(newTurn("session", "1"));
  await store.turns.endTurn(ending("1", { query: 1, answer: 2 }));
  const plans = async (work: () => Promise<unknown>): Promise<string[][]> =>
    (await store.statementsOf(work)).map((sql) => planOf(database, sql));

  const newest = [
    "SEARCH row USING COVERING INDEX appbuilder_session_messages_history (session_id=?)",
    ...["query", "answer"].flatMap(() => [
      "SEARCH row USING COVERING INDEX appbuilder_session_messages_history (session_id=? AND message_key>?)",
      "SEARCH row USING COVERING INDEX appbuilder_session_messages_history (session_id=? AND message_key=?)",
    ]),
  ];
  const session = "sqlite_autoindex_appbuilder_sessions_1 (session_id=?)";
  const turn = "sqlite_autoindex_appbuilder_session_turns_1 (session_id=? AND number";
  const request = "appbuilder_session_turns_request (request_id=?)";
  expect(onTables(await plans(() => store.turns.beginTurn(newTurn("session", "2"))))).toEqual([
    [
      `SEARCH session USING INDEX ${session}`,
      `SEARCH turn USING INDEX ${turn}>?) LEFT-JOIN`,
      `SEARCH turn USING INDEX ${request}`,
    ],
    [],
    [`SEARCH appbuilder_sessions USING INDEX ${session}`],
  ]);
  const end = await plans(() => store.turns.endTurn(ending("2", { query: 1, answer: 2 })));
  const [read = [], ...writes] = onTables(end);
  expect(read.filter((step) => step.includes("_messages"))).toEqual(newest);
  const others = read.filter((step) => !step.includes("_messages"));
  expect([...new Set(others)].toSorted()).toEqual([
    "SEARCH chunk USING COVERING INDEX sqlite_autoindex_appbuilder_session_chunks_1 (request_id=?)",
    `SEARCH ending USING INDEX ${request}`,
    `SEARCH session USING INDEX ${session}`,
    `SEARCH turn USING INDEX ${request}`,
  ]);
  expect(writes).toEqual([
    [`SEARCH appbuilder_session_turns USING INDEX ${turn}=?)`],
    [],
    [`SEARCH appbuilder_sessions USING INDEX ${session}`],
  ]);
  database.close();
});

/** The steps that go to tables. */
function onTables(plans: readonly (readonly string[])[]): string[][] {
  return plans.map((steps) => steps.filter((step) => step.includes("appbuilder")));
}

function planOf(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
}
