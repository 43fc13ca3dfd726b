import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { assertOrdered, contentsOf, HandSetClock, recordsOf, turnOf } from "./cases.ts";

/** The one order that a session's records have. */
export const orderCases: readonly StoreContractCase[] = [
  {
    name: "records have the order of their turns, and within a turn that of its messages",
    async run(fixture) {
      await using store = await fixture.open();
      const stored = [];
      for (let turn = 0; turn < 20; turn += 1) {
        const contents = { query: turn, answer: turn, [`a${turn % 3}`]: turn };
        stored.push(...(await store.appendTurn(turnOf("session", contents))));
      }
      assertOrdered(stored);
      const read = await recordsOf(store, "session", ["query", "answer", "a0", "a1", "a2"]);
      assert.deepEqual(
        read.map(({ id }) => id),
        stored.map(({ id }) => id),
      );
    },
  },
  {
    name: "a record's time is the clock's where nothing newer is there",
    async run(fixture) {
      const clock = new HandSetClock("2026-02-28 23:59:59.999999");
      await using store = await fixture.open({ clock: clock.now });
      const times: (string | undefined)[] = [];
      for (const [session, time] of [
        ["one", "2026-02-28 23:59:59.999999"],
        ["one", "2026-03-01 12:00:00.000000"],
        ["other", "2026-03-01 11:00:00.000007"],
      ] as const) {
        clock.time = time;
        const records = await store.appendTurn(turnOf(session, { query: 1, answer: 2 }));
        times.push(...records.map(({ updatedAt }) => updatedAt));
      }
      assert.deepEqual(times, [
        "2026-02-28 23:59:59.999999",
        "2026-03-01 00:00:00.000000",
        "2026-03-01 12:00:00.000000",
        "2026-03-01 12:00:00.000001",
        "2026-03-01 11:00:00.000007",
        "2026-03-01 11:00:00.000008",
      ]);
    },
  },
  {
    name: "a clock that stands still does not make ties",
    async run(fixture) {
      await using store = await fixture.open({ clock: () => "2026-10-25 02:30:00.000000" });
      for (let turn = 0; turn < 50; turn += 1) {
        await store.appendTurn(turnOf("session", { query: turn, answer: turn }));
      }
      assertOrdered(await recordsOf(store, "session", ["query", "answer"]));
      assert.deepEqual(await contentsOf(store, "session", "answer", 3), [47, 48, 49]);
    },
  },
  {
    name: "a clock that steps back by an hour does not change the order",
    async run(fixture) {
      const clock = new HandSetClock("2026-10-25 02:59:59.900000");
      await using store = await fixture.open({ clock: clock.now });
      await store.appendTurn(turnOf("session", { query: 1, answer: 1 }));
      clock.time = "2026-10-25 02:00:00.000000";
      // Another key, so that the newest under its own key is older.
      await store.appendTurn(turnOf("session", { plan: 2 }));
      await store.appendTurn(turnOf("session", { query: 3, plan: 3 }));
      clock.time = "2026-10-25 03:30:00.000000";
      await store.appendTurn(turnOf("session", { query: 4 }));
      assert.deepEqual(await contentsOf(store, "session", "query"), [1, 3, 4]);
      const records = await recordsOf(store, "session", ["query", "answer", "plan"]);
      assertOrdered(records);
      assert.deepEqual(
        records.map(({ messageKey }) => messageKey),
        ["query", "answer", "plan", "query", "plan", "query"],
      );
    },
  },
  {
    name: "records that are marked as deleted keep their place in the order",
    async run(fixture) {
      const clock = new HandSetClock("2026-10-25 12:00:00.000000");
      await using store = await fixture.open({ clock: clock.now });
      const first = await store.appendTurn(turnOf("session", { query: 1 }));
      const [, second] = await store.appendTurn(turnOf("session", { query: 2, answer: 2 }));
      await fixture.markDeleted(second?.id ?? "");
      clock.time = "2026-10-25 11:00:00.000000";
      const third = await store.appendTurn(turnOf("session", { query: 3 }));
      assertOrdered([...first, ...(second === undefined ? [] : [second]), ...third]);
    },
  },
  {
    name: "stores whose clocks are an hour apart keep one order",
    async run(fixture) {
      await using ahead = await fixture.open({ clock: () => "2026-11-23 10:00:00.000000" });
      await using behind = await fixture.open({ clock: () => "2026-11-23 09:00:00.000000" });
      const expected = [];
      for (let turn = 0; turn < 10; turn += 1) {
        const store = turn % 2 === 0 ? ahead : behind;
        await store.appendTurn(turnOf("session", { query: turn, answer: turn }));
        expected.push(turn);
      }
      for (const store of [ahead, behind]) {
        assert.deepEqual(await contentsOf(store, "session", "query"), expected);
        const records = await recordsOf(store, "session", ["query", "answer"]);
        assertOrdered(records);
        assert.deepEqual(
          records.map(({ message }) => message.content),
          expected.flatMap((turn) => [turn, turn]),
        );
      }
    },
  },
];
