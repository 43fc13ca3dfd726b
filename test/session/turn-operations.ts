import fc from "fast-check";
import { isTurnkeepError } from "../../src/errors.ts";
import type { SessionStore } from "../../src/session/session-store.ts";
import type { TurnEnd } from "../../src/session/turn-store.ts";
import { turnOf } from "../../src/testing/store-contract/cases.ts";
import { ending, longClaim, newTurn } from "../../src/testing/store-contract/turn-steps.ts";
import type { ModelBeginning, TurnModel, User } from "./turn-model.ts";

/** Something that is done to the model and to a store, which say alike what came of it. */
export interface Operation {
  readonly text: string;
  readonly expect: () => string;
  /** @param step the number of the model's step. */
  readonly run: (store: SessionStore, step: number) => Promise<string>;
}

/** Chooses an operation by what the model holds: mostly one that succeeds. */
export type Choice = (model: TurnModel) => Operation;

export const sessionIds = ["a", "b", "c"] as const;
export const users: readonly User[] = [undefined, "alice", "bob"];
export const replicas = ["one", "two"] as const;

const owners = new Map<string, User>([
  ["a", undefined],
  ["b", "alice"],
  ["c", "alice"],
]);
const sessionOfUser = fc
  .tuple(fc.constantFrom("a", "a", "b", "b", "c"), usually(undefined, fc.constantFrom(0, 1, 2)))
  .map(([sessionId, stranger]): [string, User] => [
    sessionId,
    stranger === undefined ? owners.get(sessionId) : users[stranger],
  ]);
const rarely = usually(false, fc.constant(true));

/** A few dozen operations, one after another. */
export const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: begin() },
    { weight: 5, arbitrary: claim() },
    { weight: 5, arbitrary: end() },
    { weight: 1, arbitrary: renew() },
    { weight: 1, arbitrary: interrupt() },
    { weight: 3, arbitrary: say() },
    { weight: 2, arbitrary: stop() },
    { weight: 2, arbitrary: select() },
    { weight: 2, arbitrary: update() },
    { weight: 1, arbitrary: append() },
  ),
  { minLength: 5, maxLength: 40, size: "max" },
);

function begin(): fc.Arbitrary<Choice> {
  return fc
    .record({
      place: sessionOfUser,
      again: usually(undefined, fc.nat()),
      retry: usually(undefined, fc.nat()),
      version: sometimes(fc.nat()),
      key: fc.constantFrom(undefined, undefined, "k", "l"),
      body: usually("x", fc.constant("y")),
      replica: fc.constantFrom(...replicas),
      lapses: rarely,
      concurrency: fc.constantFrom("queue", "queue", "queue", "reject", "supersede"),
      queueLimit: fc.constantFrom(0, 1, 2, 5, 5),
    })
    .map(({ place: [sessionId, userId], again, retry, version, ...rest }) => (model) => {
      const { requestIds } = model;
      const others = version === undefined ? [] : model.idsOf(sessionId);
      const requestId = chosen(again === undefined ? [] : requestIds, again ?? 0);
      const request: ModelBeginning = {
        ...rest,
        sessionId,
        userId,
        requestId: requestId ?? `turn ${requestIds.length + 1}`,
        retryOf: chosen(retry === undefined ? [] : requestIds, retry ?? 0),
        versionOf: chosen(others, version ?? 0),
      };
      return {
        text: `begin ${JSON.stringify(request)}`,
        expect: () => model.begin(request),
        run: (store) => beginIn(store, request),
      };
    });
}

async function beginIn(
  store: SessionStore,
  { sessionId, requestId, key, body, lapses, ...rest }: ModelBeginning,
): Promise<string> {
  const idempotency =
    key === undefined ? undefined : { key: key.repeat(64), bodyHash: body.repeat(64) };
  const { turn, isNew } = await store.beginTurn(
    newTurn(sessionId, requestId, { ...rest, claimTime: toClaimTime(lapses), idempotency }),
  );
  return `${turn.requestId} ${isNew ? "new" : "again"}`;
}

function claim(): fc.Arbitrary<Choice> {
  return fc.tuple(turnOfReplica(), rarely).map(([choose, lapses]) => (model) => {
    const [requestId, replica] = choose(model);
    return {
      text: `claim ${requestId} by ${replica}${lapses ? ", lapsing" : ""}`,
      expect: () => model.claim(requestId, replica, lapses),
      run: async (store) => {
        const claimTime = toClaimTime(lapses);
        return (await store.claimTurn({ requestId, replica, claimTime })).state;
      },
    };
  });
}

function end(): fc.Arbitrary<Choice> {
  const states = ["complete", "complete", "stopped", "failed", "interrupted"] as const;
  return fc
    .tuple(turnOfReplica(), fc.constantFrom<TurnEnd["state"]>(...states))
    .map(([choose, state]) => (model) => {
      const [requestId, replica] = choose(model);
      return {
        text: `end ${requestId} by ${replica} as ${state}`,
        expect: () => model.end(requestId, replica, state),
        run: async (store) => {
          const contents = {
            query: `the question of ${requestId}`,
            answer: `the answer of ${requestId}`,
          };
          const records = await store.endTurn(ending(requestId, contents, { replica, state }));
          return String(records.length);
        },
      };
    });
}

function renew(): fc.Arbitrary<Choice> {
  return fc.tuple(fc.constantFrom(...replicas), rarely).map(([replica, lapses]) => (model) => ({
    text: `renew ${replica}${lapses ? ", lapsing" : ""}`,
    expect: () => model.renew(replica, lapses),
    run: async (store) => {
      const { held, stopRequested } = await store.renewClaims(replica, toClaimTime(lapses));
      return `${held.toSorted().join()} / ${stopRequested.toSorted().join()}`;
    },
  }));
}

function interrupt(): fc.Arbitrary<Choice> {
  return fc.constant((model) => ({
    text: "interrupt",
    expect: () => model.interruptLapsed(),
    run: async (store) => String(await store.interruptLapsed()),
  }));
}

function say(): fc.Arbitrary<Choice> {
  return fc
    .tuple(fc.constantFrom(...replicas), fc.nat({ max: 3 }), fc.array(fc.nat(), { minLength: 1 }))
    .map(([replica, number, numbers]) => (model) => {
      const ids = [...new Set(numbers.map((each) => chosen(model.openIds, each) ?? "none"))];
      return {
        text: `say ${number} in ${ids.join()} by ${replica}`,
        expect: () => model.say(replica, number, ids),
        run: async (store, step) => {
          const chunks = ids.map((requestId) => {
            return { requestId, number, content: `${requestId} says ${step}`, fields: {} };
          });
          await store.appendChunks(replica, chunks);
          return "";
        },
      };
    });
}

function stop(): fc.Arbitrary<Choice> {
  return fc
    .tuple(fc.nat(), usually(undefined, fc.constantFrom(0, 1, 2)))
    .map(([number, stranger]) => (model) => {
      const requestId = chosen(model.requestIds, number) ?? "none";
      const userId = stranger === undefined ? model.ownerOf(requestId) : users[stranger];
      return {
        text: `stop ${requestId} by ${userId}`,
        expect: () => model.stop(requestId, userId),
        run: async (store) => {
          const turn = await store.requestStop(requestId, userId);
          return turn === undefined ? "none" : `${turn.state} ${turn.stopRequested}`;
        },
      };
    });
}

function select(): fc.Arbitrary<Choice> {
  return fc
    .tuple(fc.nat(), usually(undefined, fc.constantFrom(0, 1, 2)))
    .map(([number, stranger]) => (model) => {
      const requestId = chosen(model.requestIds, number) ?? "none";
      const userId = stranger === undefined ? model.ownerOf(requestId) : users[stranger];
      return {
        text: `select ${requestId} by ${userId}`,
        expect: () => model.select(requestId, userId),
        run: async (store) => {
          const turn = await store.selectTurn(requestId, userId);
          return turn === undefined ? "none" : turn.chosen ? "chosen" : "not chosen";
        },
      };
    });
}

function update(): fc.Arbitrary<Choice> {
  const change = fc.record(
    { title: fc.constantFrom("t", "u", null), deleted: fc.constantFrom(true, false, false) },
    { requiredKeys: [] },
  );
  return fc.tuple(sessionOfUser, change).map(([[sessionId, userId], changes]) => (model) => ({
    text: `update ${sessionId} by ${userId}: ${JSON.stringify(changes)}`,
    expect: () => model.update(sessionId, userId, changes),
    run: async (store) => {
      const session = await store.updateSession(sessionId, userId, changes);
      return session === undefined ? "none" : `${session.title} ${session.deleted}`;
    },
  }));
}

function append(): fc.Arbitrary<Choice> {
  return fc.constantFrom(...sessionIds).map((sessionId) => (model) => ({
    text: `append in ${sessionId}`,
    expect: () => model.append(sessionId),
    run: async (store, step) => {
      const turn = turnOf(sessionId, { query: `appended in ${step}` });
      return String((await store.appendTurn(turn)).length);
    },
  }));
}

/** What came of an operation on a store. */
export async function outcomeOf(
  operation: Operation,
  store: SessionStore,
  step: number,
): Promise<string> {
  try {
    return await operation.run(store, step);
  } catch (error) {
    if (isTurnkeepError(error)) return error.code;
    throw error;
  }
}

/** Mostly a turn that has not ended, and the replica that made it. */
function turnOfReplica(): fc.Arbitrary<(model: TurnModel) => [string, string]> {
  return fc
    .tuple(fc.nat(), rarely, usually(undefined, fc.constantFrom(...replicas)))
    .map(([number, any, stranger]) => (model) => {
      const requestId = chosen(any ? model.requestIds : model.openIds, number) ?? "none";
      return [requestId, stranger ?? model.replicaOf(requestId) ?? "one"];
    });
}

function usually<Usual, Other>(
  usual: Usual,
  other: fc.Arbitrary<Other>,
): fc.Arbitrary<Usual | Other> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

function sometimes<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );
}

function chosen(ids: readonly string[], number: number): string | undefined {
  return ids[number % Math.max(1, ids.length)];
}

function toClaimTime(lapses: boolean): number {
  return lapses ? 0 : longClaim;
}
