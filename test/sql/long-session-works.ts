import { turnOf } from "../../src/testing/store-contract/cases.ts";
import { ending, longClaim, newTurn } from "../../src/testing/store-contract/turn-steps.ts";
import type { RecordedStore } from "./recorded-store.ts";

const user = { sessionId: "long", userId: undefined };
const key = { key: "k".repeat(64), bodyHash: "b".repeat(64) };

/** Turns of as many sessions, which have had others before. */
const several = ["short-1", "short-2", "short-3", "short-4"];
const keyOf = (name: string) => ({ ...key, key: name.padEnd(64, "k") });

/** A piece of work with a store. */
export type Work = (store: RecordedStore) => Promise<unknown>;

/** What is done to the session `long`, among others, in this order. */
export const longSessionWorks: readonly (readonly [name: string, work: Work])[] = [
  ["beginning a turn", ({ turns }) => turns.beginTurn(newTurn("long", "1"))],
  ["beginning a turn that waits", ({ turns }) => turns.beginTurn(newTurn("long", "2"))],
  [
    "beginning a turn with a key, in place of others",
    ({ turns }) =>
      turns.beginTurn(newTurn("long", "3", { idempotency: key, concurrency: "supersede" })),
  ],
  [
    "keeping chunks",
    ({ turns }) =>
      turns.appendChunks("replica", [{ requestId: "1", number: 0, content: "a", fields: {} }]),
  ],
  ["reading chunks", ({ turns }) => turns.getChunks("1", 0)],
  ["renewing claims", ({ turns }) => turns.renewClaims("replica", longClaim)],
  ["asking for stop requests", ({ turns }) => turns.getStopRequests("replica")],
  ["asking a turn to stop", ({ turns }) => turns.requestStop("1", undefined)],
  ["ending a turn", ({ turns }) => turns.endTurn(ending("1", { query: 1, answer: 2 }))],
  ["running a turn again", ({ turns }) => turns.beginTurn(newTurn("long", "5", { retryOf: "1" }))],
  [
    "claiming a turn",
    ({ turns }) => turns.claimTurn({ requestId: "2", replica: "replica", claimTime: longClaim }),
  ],
  ["interrupting turns", ({ turns }) => turns.interruptLapsed()],
  [
    "beginning turns at once",
    ({ turns }) =>
      Promise.all([
        ...several.map((name) => turns.beginTurn(newTurn(name, name))),
        ...several.map((name) => {
          const keyed = newTurn(`keyed ${name}`, `keyed ${name}`, { idempotency: keyOf(name) });
          return turns.beginTurn(keyed);
        }),
      ]),
  ],
  [
    "keeping chunks of turns",
    ({ turns }) =>
      turns.appendChunks(
        "replica",
        several.map((requestId) => ({ requestId, number: 0, content: "a", fields: {} })),
      ),
  ],
  [
    "ending turns at once",
    ({ turns }) =>
      Promise.all(several.map((name) => turns.endTurn(ending(name, { query: 1, answer: 2 })))),
  ],
  ["reading a turn", ({ turns }) => turns.getTurn("1", undefined)],
  ["reading turns", ({ turns }) => turns.getTurns({ ...user, limit: 10 })],
  ["forgetting keys", ({ turns }) => turns.forgetIdempotencyKeys(0)],
  [
    "appending messages",
    ({ messages }) => messages.appendTurn(turnOf("long", { query: 1, answer: 2 })),
  ],
  [
    "reading history",
    ({ messages }) => messages.getHistory({ ...user, messageKey: "query", limit: 10 }),
  ],
  [
    "reading messages of a key",
    ({ messages }) => messages.getMessages({ ...user, messageKey: "query", limit: 10 }),
  ],
  ["reading messages of all keys", ({ messages }) => messages.getMessages({ ...user, limit: 10 })],
  ["listing sessions of nobody", ({ sessions }) => sessions.listSessions({ ...user, limit: 10 })],
  ["reading a session", ({ sessions }) => sessions.getSession("long", undefined)],
  [
    "renaming a session",
    ({ sessions }) => sessions.updateSession("long", undefined, { title: "t" }),
  ],
];

/** Makes the turn that has been ended as it was, for what is asked of a turn that runs. */
export const reviveTurn: string =
  "update appbuilder_session_turns set state = 'running', replica = 'replica', claim_expires = 9999999999999 where request_id = '1'";
