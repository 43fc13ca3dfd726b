import assert from "node:assert/strict";
import type { SessionRecord, SessionStore } from "../../session/session-store.ts";
import type { NewTurn, TurnEnd, TurnRecord } from "../../session/turn-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, recordsOf, turnOf } from "./cases.ts";
import { begin, claim, ending, newTurn, refused } from "./turn-steps.ts";

const session = { sessionId: "session", userId: undefined, limit: 100 };

/** Turns that are made again in other versions. */
export const versionCases: readonly StoreContractCase[] = [
  {
    name: "a version that is complete takes the place of the other and of what follows that one",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two", "three"]) await make(store, requestId);
      const before = await recordsOf(store, "session", ["query", "answer"]);
      const begun = await begin(store, "session", "other two", { versionOf: "two" });
      assert.deepEqual(placeOf(begun), [4, 1, false, ["two", "other two"]]);
      assert.deepEqual(await answersOf(store), ["A:one", "A:two", "A:three"]);
      await store.endTurn(ending("other two", contentsFor("other two")));
      assert.deepEqual(await answersOf(store), ["A:one", "A:other two"]);
      const after = await recordsOf(store, "session", ["query", "answer"]);
      assertSame(after.slice(0, 2), before.slice(0, 2));
      assert.deepEqual(await placesOf(store), [
        [1, 0, true, ["one"]],
        [2, 1, false, ["two", "other two"]],
        [3, 2, false, ["three"]],
        [4, 1, true, ["two", "other two"]],
      ]);
      await store.selectTurn("two", undefined);
      assertSame(await recordsOf(store, "session", ["query", "answer"]), before);
    },
  },
  {
    name: "the first turn has versions, too, and a version has others",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      await make(store, "other", { versionOf: "one" });
      await make(store, "third", { versionOf: "other" });
      assert.deepEqual(await answersOf(store), ["A:third"]);
      const versions = ["one", "other", "third"];
      assert.deepEqual(await placesOf(store), [
        [1, 0, false, versions],
        [2, 0, false, versions],
        [3, 0, true, versions],
      ]);
    },
  },
  {
    name: "a version that ends without having said anything leaves the other one chosen",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      const ends: readonly Partial<TurnEnd>[] = [
        { state: "failed" },
        { state: "interrupted" },
        { state: "stopped", answer: undefined },
        { state: "stopped", messages: [] },
      ];
      for (const [index, change] of ends.entries()) {
        const requestId = `version ${index}`;
        await begin(store, "session", requestId, { versionOf: "one" });
        const stored = index === 3 ? { answer: "" } : { query: requestId, answer: "a part" };
        await store.endTurn(ending(requestId, stored, change));
        assert.deepEqual(await answersOf(store), ["A:one"], requestId);
        assert.deepEqual(await contentsOf(store, "session", "query"), ["one"], requestId);
        assert.equal((await store.getTurn(requestId, undefined))?.chosen, false);
      }
      await begin(store, "session", "lapsed", { versionOf: "one", claimTime: 0 });
      assert.equal(await store.interruptLapsed(), 1);
      assert.deepEqual(await answersOf(store), ["A:one"]);
      await make(store, "next");
      assert.deepEqual(await answersOf(store), ["A:one", "A:next"]);
      assert.equal((await store.getTurn("next", undefined))?.parent, 1);
    },
  },
  {
    name: "a version that was stopped after it had said something is chosen",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      await begin(store, "session", "other", { versionOf: "one" });
      await store.endTurn(ending("other", { answer: "a part" }, { state: "stopped" }));
      assert.deepEqual(await answersOf(store), ["a part"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), []);
    },
  },
  {
    name: "a version reads what came before it, while others read the chosen path",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two", "three"]) await make(store, requestId);
      await begin(store, "session", "other two", { versionOf: "two" });
      const query = { sessionId: "session", messageKey: "answer", limit: 100 };
      assert.deepEqual(contents(await store.getHistory({ ...query, requestId: "other two" })), [
        "A:one",
      ]);
      assert.deepEqual(await answersOf(store), ["A:one", "A:two", "A:three"]);
      const none = await store.getHistory({ ...query, requestId: "other two", limit: 0 });
      assert.deepEqual(none, []);
      await store.endTurn(ending("other two", contentsFor("other two")));
      await make(store, "four");
      // Of a version of a turn that is not chosen either.
      await begin(store, "session", "other three", { versionOf: "three" });
      const ofThree = await store.getHistory({ ...query, requestId: "other three" });
      assert.deepEqual(contents(ofThree), ["A:one", "A:two"]);
      const newest = await store.getHistory({ ...query, requestId: "other three", limit: 1 });
      assert.deepEqual(contents(newest), ["A:two"]);
      assert.deepEqual(await answersOf(store), ["A:one", "A:other two", "A:four"]);
      await store.endTurn(ending("other three", contentsFor("other three")));
      assert.deepEqual(await answersOf(store), ["A:one", "A:two", "A:other three"]);
    },
  },
  {
    name: "a turn that is selected brings its path back, with the newest that follows it",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two"]) await make(store, requestId);
      await make(store, "other two", { versionOf: "two" });
      await make(store, "three");
      await make(store, "other three", { versionOf: "three" });
      await make(store, "other one", { versionOf: "one" });
      assert.deepEqual(await answersOf(store), ["A:other one"]);
      const chosen = await store.selectTurn("one", undefined);
      assert.deepEqual(chosen && placeOf(chosen), [1, 0, true, ["one", "other one"]]);
      assert.deepEqual(await answersOf(store), ["A:one", "A:other two", "A:other three"]);
      await store.selectTurn("three", undefined);
      assert.deepEqual(await answersOf(store), ["A:one", "A:other two", "A:three"]);
      await store.selectTurn("one", undefined);
      assert.deepEqual(await answersOf(store), ["A:one", "A:other two", "A:three"]);
      await store.selectTurn("two", undefined);
      assert.deepEqual(await answersOf(store), ["A:one", "A:two"]);
      await make(store, "next");
      assert.deepEqual(await answersOf(store), ["A:one", "A:two", "A:next"]);
      assert.equal((await store.getTurn("next", undefined))?.parent, 2);
    },
  },
  {
    name: "a version moves nothing in the list of sessions until it ends, and selecting nothing at all",
    async run(fixture) {
      let time = "2026-11-23 10:00:00.000000";
      await using store = await fixture.open({ clock: () => time });
      await make(store, "one");
      await make(store, "other", { versionOf: "one" });
      const before = await store.getSession("session", undefined);
      time = "2026-11-23 11:00:00.000000";
      await store.selectTurn("one", undefined);
      await store.setFeedback("one", undefined, { value: "up", comment: undefined });
      assert.deepEqual(await store.getSession("session", undefined), before);
    },
  },
  {
    name: "records that others have marked as deleted stay so, whichever version is chosen",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      const [, answer] = await make(store, "two");
      await fixture.markDeleted(answer?.id ?? "");
      await make(store, "other two", { versionOf: "two" });
      await store.selectTurn("two", undefined);
      assert.deepEqual(await answersOf(store), ["A:one"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), ["one", "two"]);
    },
  },
  {
    name: "what another writer adds goes with the turn that it came behind",
    async run(fixture) {
      await using store = await fixture.open();
      const other = (content: string) => store.appendTurn(turnOf("session", { answer: content }));
      await other("before");
      await make(store, "one");
      await other("behind one");
      await make(store, "two");
      await other("behind two");
      await make(store, "other two", { versionOf: "two" });
      assert.deepEqual(await answersOf(store), ["before", "A:one", "behind one", "A:other two"]);
      await other("behind other two");
      await make(store, "other one", { versionOf: "one" });
      assert.deepEqual(await answersOf(store), ["before", "A:other one"]);
      await store.selectTurn("two", undefined);
      const all = ["before", "A:one", "behind one", "A:two", "behind two"];
      assert.deepEqual(await answersOf(store), all);
      await store.selectTurn("other two", undefined);
      const others = ["before", "A:one", "behind one", "A:other two", "behind other two"];
      assert.deepEqual(await answersOf(store), others);
    },
  },
  {
    name: "a turn is selected by its session's user, while none is live, and then stays as it is",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one", { userId: "alice" });
      await make(store, "other", { userId: "alice", versionOf: "one" });
      assert.equal(await store.selectTurn("one", "bob"), undefined);
      assert.equal(await store.selectTurn("one", undefined), undefined);
      assert.equal(await store.selectTurn("none", "alice"), undefined);
      await begin(store, "session", "running", { userId: "alice" });
      await refused("session_busy", () => store.selectTurn("one", "alice"));
      assert.deepEqual(await answersOf(store), ["A:other"]);
      await store.renewClaims("replica", 0);
      assert.equal((await store.selectTurn("one", "alice"))?.chosen, true);
      assert.equal((await store.getTurn("running", "alice"))?.state, "interrupted");
      assert.deepEqual(await answersOf(store), ["A:one"]);
      await store.updateSession("session", "alice", { deleted: true });
      assert.equal(await store.selectTurn("other", "alice"), undefined);
    },
  },
  {
    name: "a version of a turn that the session has not is refused, and nothing is written",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      await begin(store, "another", "theirs");
      for (const [sessionId, versionOf] of [
        ["session", "none"],
        ["session", "theirs"],
        ["new", "one"],
      ] as const) {
        const turn = newTurn(sessionId, "version", { versionOf });
        await refused("run_not_found", () => store.beginTurn(turn));
      }
      assert.equal((await store.getTurns(session))?.length, 1);
      assert.equal(await store.getSession("new", undefined), undefined);
    },
  },
  {
    name: "what is asked for behind a version follows that one, also where it fails",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two"]) await make(store, requestId);
      await begin(store, "session", "other one", { versionOf: "one" });
      await begin(store, "session", "stopped in the queue");
      const none = ending("stopped in the queue", {}, { state: "stopped" });
      await store.endTurn(none);
      const next = await begin(store, "session", "next");
      assert.deepEqual([next.parent, next.chosen], [4, false]);
      await store.endTurn(ending("other one", { answer: "a part" }, { state: "failed" }));
      assert.equal(await claim(store, "next"), "running");
      const query = { sessionId: "session", messageKey: "answer", limit: 10, requestId: "next" };
      assert.deepEqual(await store.getHistory(query), []);
      await store.endTurn(ending("next", contentsFor("next")));
      assert.deepEqual(await answersOf(store), ["A:next"]);
      assert.deepEqual(await shownOf(store), ["other one", "stopped in the queue", "next"]);
    },
  },
  {
    name: "the turns that are shown are those of the path to what is live, else of the chosen one",
    async run(fixture) {
      await using store = await fixture.open();
      for (const requestId of ["one", "two", "three"]) await make(store, requestId);
      assert.deepEqual(await shownOf(store), ["one", "two", "three"]);
      await begin(store, "session", "other two", { versionOf: "two" });
      assert.deepEqual(await shownOf(store), ["one", "other two"]);
      await store.endTurn(ending("other two", {}, { state: "failed" }));
      assert.deepEqual(await shownOf(store), ["one", "two", "three"]);
      await make(store, "third two", { versionOf: "two" });
      await make(store, "four");
      assert.deepEqual(await shownOf(store), ["one", "third two", "four"]);
      const page = { ...session, shown: true, limit: 2 };
      const pages = [await store.getTurns(page), await store.getTurns({ ...page, before: 5 })];
      assert.deepEqual(
        pages.map((turns) => turns?.map(({ requestId }) => requestId)),
        [["four", "third two"], ["one"]],
      );
      const all = await store.getTurns(session);
      assert.equal(all?.length, 6);
    },
  },
  {
    name: "restoring a session brings back its chosen path alone",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one");
      await make(store, "other", { versionOf: "one" });
      const deleted = async (value: boolean): Promise<void> => {
        await store.updateSession("session", undefined, { deleted: value });
      };
      await deleted(true);
      assert.deepEqual(await answersOf(store), []);
      await deleted(false);
      assert.deepEqual(await answersOf(store), ["A:other"]);
      await begin(store, "session", "third", { versionOf: "one" });
      await deleted(true);
      const query = { sessionId: "session", messageKey: "answer", limit: 10, requestId: "third" };
      assert.deepEqual(await store.getHistory(query), []);
      await store.endTurn(ending("third", contentsFor("third")));
      await deleted(false);
      assert.deepEqual(await answersOf(store), ["A:other"]);
      for (const requestId of ["third", "one"]) {
        await store.selectTurn(requestId, undefined);
        assert.deepEqual(await answersOf(store), [`A:${requestId}`]);
      }
    },
  },
  {
    name: "what is thought of an answer is kept, replaced and taken back",
    async run(fixture) {
      await using store = await fixture.open();
      await make(store, "one", { userId: "alice" });
      const feedback = async () => (await store.getTurn("one", "alice"))?.feedback;
      assert.equal(await feedback(), undefined);
      const comment = `“海淀”\nis 北京's 😀 ${"x".repeat(1900)}`;
      const down = { value: "down", comment } as const;
      const kept = await store.setFeedback("one", "alice", down);
      assert.deepEqual(kept?.feedback, down);
      assert.deepEqual(await feedback(), down);
      const up = { value: "up", comment: undefined } as const;
      await store.setFeedback("one", "alice", up);
      assert.deepEqual(await feedback(), up);
      assert.equal(await store.setFeedback("one", "bob", undefined), undefined);
      assert.equal(await store.setFeedback("none", "alice", undefined), undefined);
      assert.deepEqual(await feedback(), up);
      assert.equal((await store.setFeedback("one", "alice", undefined))?.feedback, undefined);
      assert.equal(await feedback(), undefined);
      const [turn] = (await store.getTurns({ ...session, userId: "alice" })) ?? [];
      assert.deepEqual([turn?.state, turn?.answer?.content], ["complete", "A:one"]);
    },
  },
  {
    name: "what one store does with versions another sees at once, and so does one that is opened later",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      for (const requestId of ["one", "two"]) await make(one, requestId);
      await make(other, "other two", { versionOf: "two" });
      assert.deepEqual(await answersOf(one), ["A:one", "A:other two"]);
      await one.selectTurn("two", undefined);
      await one.setFeedback("two", undefined, { value: "down", comment: "too short" });
      assert.deepEqual(await answersOf(other), ["A:one", "A:two"]);
      await make(other, "three");
      await using later = await fixture.open();
      const places = await placesOf(later);
      assert.deepEqual(places, await placesOf(one));
      assert.deepEqual(places.at(-1), [4, 2, true, ["three"]]);
      assert.deepEqual((await later.getTurn("two", undefined))?.feedback, {
        value: "down",
        comment: "too short",
      });
    },
  },
];

/** Makes a turn of the session from its beginning to its end; the answer is its records. */
async function make(
  store: SessionStore,
  requestId: string,
  changes: Partial<NewTurn> = {},
): Promise<readonly SessionRecord[]> {
  await begin(store, "session", requestId, changes);
  return store.endTurn(ending(requestId, contentsFor(requestId)));
}

function contentsFor(requestId: string): Readonly<Record<string, unknown>> {
  return { query: requestId, answer: `A:${requestId}` };
}

function answersOf(store: SessionStore): Promise<unknown[]> {
  return contentsOf(store, "session", "answer");
}

function contents(records: readonly SessionRecord[]): unknown[] {
  return records.map(({ message }) => message.content);
}

async function placesOf(store: SessionStore): Promise<unknown[]> {
  return ((await store.getTurns(session)) ?? []).map(placeOf).toReversed();
}

function placeOf({ number, parent, chosen, versions }: TurnRecord): unknown[] {
  return [number, parent, chosen, versions];
}

async function shownOf(store: SessionStore): Promise<string[]> {
  const turns = (await store.getTurns({ ...session, shown: true })) ?? [];
  return turns.map(({ requestId }) => requestId).toReversed();
}

function assertSame(records: readonly SessionRecord[], others: readonly SessionRecord[]): void {
  assert.deepEqual(records.map(comparable), others.map(comparable));
}
