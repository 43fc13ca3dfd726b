import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { contentsOf } from "../../src/testing/store-contract/cases.ts";
import {
  begin,
  ending,
  longClaim,
  newTurn,
  statesOf,
} from "../../src/testing/store-contract/turn-steps.ts";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { openRecorded } from "./recorded-store.ts";

const fixtures = await databaseFixtures();

/** Two stores on one database, whose clocks are an hour apart. */
async function openTwo({ url }: TestDatabase) {
  const ahead = await openSqlStore(url, { clock: () => "2026-11-23 11:00:00.000000" });
  const behind = await openSqlStore(url, { clock: () => "2026-11-23 10:00:00.000000" });
  return { ahead, behind };
}

describe.each([...fixtures])("turns of two stores on %s", (_name, fixture) => {
  test("lapse by the database's clock, however far the stores' clocks are apart", async () => {
    await using database = await fixture.createDatabase();
    const { ahead, behind } = await openTwo(database);
    await using _ahead = ahead;
    await using _behind = behind;
    await begin(ahead, "one", "of the one ahead", { replica: "ahead" });
    await begin(behind, "two", "of the one behind", { replica: "behind" });
    for (const store of [ahead, behind]) {
      expect(await store.interruptLapsed()).toBe(0);
      for (const [session, policy] of [
        ["one", "reject"],
        ["two", "reject"],
      ] as const) {
        const turn = newTurn(session, "another", { concurrency: policy });
        await expect(store.beginTurn(turn)).rejects.toEqual(turnkeepError("session_busy"));
      }
    }
    await ahead.renewClaims("ahead", 30);
    await behind.renewClaims("behind", 30);
    await setTimeout(50);
    expect(await ahead.renewClaims("ahead", longClaim)).toEqual({ held: [], stopRequested: [] });
    expect(await ahead.interruptLapsed()).toBe(2);
    expect(await statesOf(behind, "one")).toEqual(["interrupted"]);
    expect(await statesOf(ahead, "two")).toEqual(["interrupted"]);
  });

  test("never go back in time, and what was lost to the other store is not stored", async () => {
    await using database = await fixture.createDatabase();
    const { ahead, behind } = await openTwo(database);
    await using _ahead = ahead;
    await using _behind = behind;
    await begin(ahead, "session", "lost", { replica: "ahead" });
    await ahead.appendChunks("ahead", [
      { requestId: "lost", number: 0, content: "the ", fields: { id: "answer", name: "msg" } },
      { requestId: "lost", number: 1, content: "part", fields: { more: 1 } },
    ]);
    await ahead.renewClaims("ahead", 0);
    const next = await begin(behind, "session", "next", { replica: "behind" });
    expect(next.state).toBe("running");
    const end = ending("lost", { query: "lost", answer: "lost" }, { replica: "ahead" });
    await expect(ahead.endTurn(end)).rejects.toEqual(turnkeepError("claim_lost", "lost"));
    await behind.endTurn(ending("next", { query: "q", answer: "a" }, { replica: "behind" }));
    expect(await contentsOf(ahead, "session", "query")).toEqual(["q"]);
    const turns = await ahead.getTurns({ sessionId: "session", userId: undefined, limit: 10 });
    expect(turns?.map(({ state, answer }) => [state, answer?.content])).toEqual([
      ["complete", "a"],
      ["interrupted", "the part"],
    ]);
    const lost = turns?.[1]?.answer;
    expect(JSON.parse(JSON.stringify(lost))).toMatchObject({ id: "answer", more: 1 });
    const times = turns?.toReversed().flatMap(({ createdAt, endedAt }) => [createdAt, endedAt]);
    // The first began, was interrupted when the next began, and that ended behind its two messages.
    expect(times).toEqual([
      "2026-11-23 11:00:00.000000",
      "2026-11-23 11:00:00.000000",
      "2026-11-23 11:00:00.000000",
      "2026-11-23 11:00:00.000002",
    ]);
  });

  test("are interrupted by the hundred, in any number of sessions, each once", async () => {
    await using database = await fixture.createDatabase();
    const { ahead, behind } = await openTwo(database);
    await using _ahead = ahead;
    await using _behind = behind;
    await Promise.all(
      Array.from({ length: 250 }, (_, index) =>
        begin(ahead, `session ${Math.min(index, 120)}`, `turn ${index}`, { replica: "dead" }),
      ),
    );
    await begin(ahead, "session 0", "live");
    await ahead.renewClaims("dead", 0);
    const counts = await Promise.all([ahead.interruptLapsed(), behind.interruptLapsed()]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(250);
    expect(await statesOf(behind, "session 0")).toEqual(["interrupted", "queued"]);
    expect(new Set(await statesOf(behind, "session 120"))).toEqual(new Set(["interrupted"]));
  });

  test("are numbered one by one where a hundred begin at once, and one of them runs", async () => {
    await using database = await fixture.createDatabase();
    const { ahead, behind } = await openTwo(database);
    await using _ahead = ahead;
    await using _behind = behind;
    const begun = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        begin(index % 2 === 0 ? ahead : behind, "session", `turn ${index}`),
      ),
    );
    const byNumber = begun.toSorted((one, other) => one.number - other.number);
    expect(byNumber.map(({ number }) => number)).toEqual(begun.map((_, index) => index + 1));
    expect(byNumber.map(({ state }) => state)).toEqual([
      "running",
      ...begun.slice(1).map(() => "queued"),
    ]);
    const times = byNumber.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted());
  });

  test("of one idempotency key are one, fifty times over", async () => {
    await using database = await fixture.createDatabase();
    const { ahead, behind } = await openTwo(database);
    await using _ahead = ahead;
    await using _behind = behind;
    for (let race = 0; race < 50; race += 1) {
      const idempotency = { key: String(race).padStart(64, "k"), bodyHash: "b".repeat(64) };
      const [one, other] = await Promise.all(
        [ahead, behind].map((store, index) =>
          store.beginTurn(
            newTurn(`session ${race} ${index}`, `turn ${race} ${index}`, { idempotency }),
          ),
        ),
      );
      expect(one?.isNew).toBe(!(other?.isNew ?? false));
      expect(one?.turn.requestId).toBe(other?.turn.requestId);
    }
    expect((await ahead.listSessions({ userId: undefined, limit: 1000 })).length).toBe(50);
  });
});

// And one that locks the session, where a database has many writers.
describe.each([...fixtures])("the cost of a turn on %s", (_name, fixture) => {
  test("is three statements to begin and four to end; one more to begin its session", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openRecorded(database.url);
    const counts: number[] = [];
    for (const requestId of ["one", "two"]) {
      const begun = await store.statementsOf(() =>
        store.turns.beginTurn(newTurn("session", requestId)),
      );
      const ended = await store.statementsOf(() =>
        store.turns.endTurn(ending(requestId, { query: 1, answer: 2 })),
      );
      counts.push(begun.length, ended.length);
    }
    const { locks } = store;
    expect(counts).toEqual([4 + locks, 4 + locks, 3 + locks, 4 + locks]);
  });

  test("is no more with an idempotency key", async () => {
    const idempotency = { key: "k".repeat(64), bodyHash: "b".repeat(64) };
    await using database = await fixture.createDatabase();
    await using store = await openRecorded(database.url);
    await store.turns.beginTurn(newTurn("session", "one"));
    const begun = await store.statementsOf(() =>
      store.turns.beginTurn(newTurn("session", "two", { idempotency })),
    );
    expect(begun.length).toBe(3 + store.locks);
  });

  test("is one statement more to end where its answer was kept in chunks", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openRecorded(database.url);
    await store.turns.beginTurn(newTurn("session", "one"));
    const chunks = Array.from({ length: 64 }, (_, number) => {
      return { requestId: "one", number, content: "a", fields: {} };
    });
    const kept = await store.statementsOf(() => store.turns.appendChunks("replica", chunks));
    expect(kept.length).toBe(2 + store.locks);
    const ended = await store.statementsOf(() => store.turns.endTurn(ending("one", { answer: 1 })));
    expect(ended.length).toBe(5 + store.locks);
  });

  test("does not depend on how many messages it has, up to a batch", async () => {
    await using database = await fixture.createDatabase();
    await using store = await openRecorded(database.url);
    await store.turns.beginTurn(newTurn("session", "one"));
    const contents = Object.fromEntries(Array.from({ length: 64 }, (_, key) => [`${key}`, key]));
    const ended = await store.statementsOf(() => store.turns.endTurn(ending("one", contents)));
    expect(ended.length).toBe(4 + store.locks);
  });
});
