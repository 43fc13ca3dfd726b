import assert from "node:assert/strict";
import fc from "fast-check";
import { formatTime, parseTime } from "../../src/session/record-time.ts";
import type { SessionStore } from "../../src/session/session-store.ts";
import type { TurnRecord } from "../../src/session/turn-store.ts";
import { contentsOf } from "../../src/testing/store-contract/cases.ts";
import type { StoreFixture } from "../../src/testing/store-fixture.ts";
import { TurnModel, type User } from "./turn-model.ts";
import { type Choice, choices, outcomeOf, replicas, sessionIds, users } from "./turn-operations.ts";

/**
 * Does random operations on few sessions to stores and to a plain model of one, so many times, and
 * asserts that both answer alike and hold the same after each.
 * @param use gives a fixture of its own to the work.
 */
export async function checkTurns(
  use: (work: (fixture: StoreFixture) => Promise<void>) => Promise<void>,
  { runs }: { readonly runs: number },
): Promise<void> {
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(
    fc.asyncProperty(choices, (all) => use((fixture) => checkAll(fixture, all))),
    { numRuns: runs },
  );
  if (!failed) return;
  // What fast-check would print of an operation is its source.
  const where = `seed ${seed}, path ${counterexamplePath}`;
  throw new Error(`${String(errorInstance)}\n(${where})`, { cause: errorInstance });
}

async function checkAll(fixture: StoreFixture, all: readonly Choice[]): Promise<void> {
  const model = new TurnModel();
  const start = parseTime("2026-11-23 10:00:00.000000");
  // A second for each step, so that the order in which sessions were used is that of the steps.
  const clock = (): string => formatTime(start + BigInt(model.step) * 1_000_000n);
  await using store = await fixture.open({ clock });
  const done: string[] = [];
  for (const choose of all) {
    const operation = choose(model);
    done.push(operation.text);
    try {
      const expected = operation.expect();
      assert.equal(await outcomeOf(operation, store, model.step), expected);
      await assertSame(store, model);
    } catch (error) {
      const difference = error instanceof Error ? error.message : String(error);
      throw new Error(`${difference}\nafter\n${done.join("\n")}`, { cause: error });
    }
  }
}

async function assertSame(store: SessionStore, model: TurnModel): Promise<void> {
  for (const sessionId of sessionIds) {
    for (const userId of users) {
      const view = await viewOf(store, sessionId, userId);
      assert.deepEqual(view, model.view(sessionId, userId));
    }
    for (const messageKey of ["query", "answer"]) {
      const contents = await contentsOf(store, sessionId, messageKey);
      assert.deepEqual(contents, model.history(sessionId, messageKey));
    }
  }
  for (const requestId of model.openIds) {
    const sessionId = model.sessionOf(requestId);
    for (const messageKey of ["query", "answer"]) {
      const query = { sessionId, messageKey, limit: 1000, requestId };
      const contents = (await store.getHistory(query)).map(({ message }) => message.content);
      assert.deepEqual(contents, model.historyOf(requestId, messageKey), `read by ${requestId}`);
    }
  }
  for (const requestId of [...model.requestIds, "none"]) {
    for (const userId of users) {
      const turn = await store.getTurn(requestId, userId);
      assert.deepEqual(turn && viewOfTurn(turn), model.viewTurn(requestId, userId));
    }
    const chunks = await store.getChunks(requestId, 0);
    assert.deepEqual(
      chunks.map(({ content }) => content),
      model.chunks(requestId),
    );
  }
  for (const userId of users) {
    for (const deleted of [false, true]) await assertSameList(store, model, userId, deleted);
  }
  for (const replica of replicas) {
    const asked = await store.getStopRequests(replica);
    assert.deepEqual(asked.toSorted(), model.stopRequests(replica));
  }
}

async function assertSameList(
  store: SessionStore,
  model: TurnModel,
  userId: User,
  deleted: boolean,
): Promise<void> {
  const sessions = await store.listSessions({ userId, deleted, limit: 10 });
  const used = model.used(userId, deleted);
  const listed = sessions.map(({ sessionId }) => [sessionId, used.get(sessionId)] as const);
  assert.deepEqual(new Map(listed), used);
  const steps = listed.map(([, step = 0]) => step);
  assert.deepEqual(
    steps,
    steps.toSorted((one, other) => other - one),
  );
}

async function viewOf(store: SessionStore, sessionId: string, userId: User): Promise<object> {
  const query = { sessionId, userId, limit: 1000 };
  const session = await store.getSession(sessionId, userId);
  const { title, deleted, turns } = session ?? {};
  const messages = await store.getMessages(query);
  return {
    session: session === undefined ? undefined : { title, deleted, turns },
    turns: (await store.getTurns(query))?.map(viewOfTurn),
    shown: (await store.getTurns({ ...query, shown: true }))?.map(({ requestId }) => requestId),
    messages: messages?.map(({ message }) => message.content),
  };
}

function viewOfTurn({ answer, ...turn }: TurnRecord): object {
  const { requestId, number, parent, chosen, versions, state, stopRequested } = turn;
  return {
    requestId,
    number,
    parent,
    chosen,
    versions,
    state,
    stopRequested,
    answer: answer?.content,
  };
}
