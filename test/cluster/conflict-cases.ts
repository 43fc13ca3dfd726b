import assert from "node:assert/strict";
import type { SessionStore } from "../../src/session/session-store.ts";
import { toPendingMessages } from "../../src/sql/message-rows.ts";
import { appendChunks, toPendingChunks } from "../../src/sql/operations/append-chunks.ts";
import { appendMessages } from "../../src/sql/operations/append-messages.ts";
import { beginTurn, toPendingTurn } from "../../src/sql/operations/begin-turn.ts";
import { changeSession } from "../../src/sql/operations/change-session.ts";
import { claimTurn, renewClaims } from "../../src/sql/operations/claim-turn.ts";
import { endTurn, toPendingEnd } from "../../src/sql/operations/end-turn.ts";
import { interruptSession } from "../../src/sql/operations/interrupt-turns.ts";
import type { Work } from "../../src/sql/statements/store-statements.ts";
import { turnOf } from "../../src/testing/store-contract/cases.ts";
import {
  begin,
  ending,
  eventually,
  longClaim,
  newTurn,
} from "../../src/testing/store-contract/turn-steps.ts";

/** Two operations that must not both be done as if the other had not been. */
export interface ConflictCase {
  readonly name: string;
  /** What is there before. */
  readonly prepare: (store: SessionStore) => Promise<unknown>;
  /** The operation of a transaction that goes on while the other is done. */
  readonly held: (work: Work) => Promise<unknown>;
  /** The other, through another node. */
  readonly other: (store: SessionStore) => Promise<unknown>;
}

/** Long enough for the transaction before to be under way, in milliseconds. */
const shortClaim = 2000;
const idempotency = { key: "k".repeat(64), bodyHash: "h".repeat(64) };
const nothing = async (): Promise<void> => undefined;

function beginning(sessionId: string, requestId: string, changes: object = {}) {
  return (work: Work) => beginTurn(work, toPendingTurn(newTurn(sessionId, requestId, changes)));
}

function ends(requestId: string) {
  const end = toPendingEnd(ending(requestId, { query: "held", answer: "held" }));
  return (work: Work) => endTurn(work, end, { mayWait: false, knownSessionId: undefined });
}

function appends(sessionId: string) {
  const { messages } = turnOf(sessionId, { note: "held" });
  const place = { sessionId, requestId: "appended" };
  return (work: Work) =>
    appendMessages(work, place, toPendingMessages(messages), { mayWait: false });
}

function chunk(requestId: string, number: number) {
  return { requestId, number, content: `piece ${number}`, fields: {} };
}

function keepsChunk(requestId: string, number: number) {
  return (work: Work) => appendChunks(work, "replica", toPendingChunks([chunk(requestId, number)]));
}

async function interruptsLapsed(store: SessionStore): Promise<void> {
  await eventually("a claim has lapsed", async () => (await store.interruptLapsed()) === 1);
}

async function beginShortly(store: SessionStore): Promise<void> {
  await begin(store, "session", "turn", { claimTime: shortClaim });
}

/** Of each, the operation that is committed last is refused, and done again it sees the other. */
export const conflictCases: readonly ConflictCase[] = [
  {
    name: "two turns begin a session",
    prepare: nothing,
    held: beginning("session", "held"),
    other: (store) => begin(store, "session", "other"),
  },
  {
    name: "two turns of a session begin",
    prepare: async (store) => {
      await begin(store, "session", "turn");
      await store.endTurn(ending("turn"));
    },
    held: beginning("session", "held"),
    other: (store) => begin(store, "session", "other"),
  },
  {
    name: "two turns begin with one request id, in two sessions",
    prepare: nothing,
    held: beginning("one", "held"),
    other: (store) => begin(store, "two", "held"),
  },
  {
    name: "two turns begin with one idempotency key, in two sessions",
    prepare: nothing,
    held: beginning("one", "held", { idempotency }),
    other: (store) => begin(store, "two", "other", { idempotency }),
  },
  {
    name: "a turn ends twice",
    prepare: (store) => begin(store, "session", "turn"),
    held: ends("turn"),
    other: (store) => store.endTurn(ending("turn", { query: "other" })),
  },
  {
    name: "a turn ends while it is interrupted",
    prepare: beginShortly,
    held: ends("turn"),
    other: interruptsLapsed,
  },
  {
    name: "a turn is interrupted twice",
    prepare: (store) => begin(store, "session", "turn", { claimTime: 0 }),
    held: (work) => interruptSession(work, "session"),
    other: interruptsLapsed,
  },
  {
    name: "a claim is renewed while its turn is interrupted",
    prepare: beginShortly,
    held: (work) => renewClaims(work, "replica", longClaim),
    other: interruptsLapsed,
  },
  {
    name: "two turns take the place of one whose claim has lapsed",
    prepare: async (store) => {
      await begin(store, "session", "turn", { replica: "dead", claimTime: shortClaim });
      await begin(store, "session", "waiting");
      await store.renewClaims("dead", 0);
    },
    held: (work) =>
      claimTurn(work, { requestId: "waiting", replica: "replica", claimTime: longClaim }),
    other: (store) => begin(store, "session", "other"),
  },
  {
    name: "a waiting turn is claimed while it is interrupted",
    prepare: async (store) => {
      await begin(store, "session", "turn", { replica: "another" });
      await begin(store, "session", "waiting", { claimTime: shortClaim });
    },
    held: (work) =>
      claimTurn(work, { requestId: "waiting", replica: "replica", claimTime: longClaim }),
    other: interruptsLapsed,
  },
  {
    name: "a chunk is kept while its turn is interrupted",
    prepare: async (store) => {
      await beginShortly(store);
      await store.appendChunks("replica", [chunk("turn", 0)]);
    },
    held: keepsChunk("turn", 1),
    other: interruptsLapsed,
  },
  {
    name: "the first chunk is kept while its turn ends",
    prepare: (store) => begin(store, "session", "turn"),
    held: keepsChunk("turn", 0),
    other: (store) => store.endTurn(ending("turn", { answer: "other" })),
  },
  {
    name: "a turn ends while a chunk of it is kept",
    prepare: (store) => begin(store, "session", "turn"),
    held: ends("turn"),
    other: (store) => store.appendChunks("replica", [chunk("turn", 0)]),
  },
  {
    name: "messages are appended twice to a session without turns",
    prepare: nothing,
    held: appends("session"),
    other: (store) => store.appendTurn(turnOf("session", { note: "other" })),
  },
  {
    name: "messages are appended while a turn ends",
    prepare: (store) => begin(store, "session", "turn"),
    held: appends("session"),
    other: (store) => store.endTurn(ending("turn", { note: "other" })),
  },
  {
    name: "messages are appended while the first turn begins",
    prepare: nothing,
    held: appends("session"),
    other: (store) => begin(store, "session", "other"),
  },
  {
    name: "a turn ends while its session is deleted",
    prepare: (store) => begin(store, "session", "turn"),
    held: ends("turn"),
    other: (store) => store.updateSession("session", undefined, { deleted: true }),
  },
  {
    name: "a turn begins while its session is deleted",
    prepare: async (store) => {
      await begin(store, "session", "turn");
      await store.endTurn(ending("turn"));
    },
    held: beginning("session", "held"),
    other: (store) => store.updateSession("session", undefined, { deleted: true }),
  },
  {
    name: "a session is given two titles",
    prepare: (store) => begin(store, "session", "turn"),
    held: (work) => changeSession(work, "session", undefined, { title: "held" }),
    other: (store) => store.updateSession("session", undefined, { title: "other" }),
  },
  {
    name: "a turn supersedes another while that ends",
    prepare: (store) => begin(store, "session", "turn"),
    held: beginning("session", "held", { concurrency: "supersede" }),
    other: (store) => store.endTurn(ending("turn")),
  },
  {
    name: "a turn ends while it is asked to stop",
    prepare: (store) => begin(store, "session", "turn"),
    held: ends("turn"),
    other: async (store) => {
      const turn = await store.requestStop("turn", undefined);
      assert.equal(turn?.stopRequested, true);
    },
  },
];
