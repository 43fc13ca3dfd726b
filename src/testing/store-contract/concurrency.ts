import assert from "node:assert/strict";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { assertOrdered, contentsOf, recordsOf, turnOf } from "./cases.ts";

const writers = 64;
// So that turns which are stored at the same time would have the same times.
const stillClock = (): string => "2026-11-23 10:00:00.000000";

/** Turns that are whole, also where many are stored at once. */
export const concurrencyCases: readonly StoreContractCase[] = [
  {
    name: "of a turn that cannot be read whole nothing is stored",
    async run(fixture) {
      await using store = await fixture.open();
      await store.appendTurn(turnOf("session", { query: 1, answer: 1 }));
      const broken = turnOf("session", { query: 2, answer: 2 });
      const [query] = broken.messages;
      const answer = {
        messageKey: "answer",
        get message(): never {
          throw new RangeError("no answer");
        },
      };
      await assert.rejects(
        async () =>
          store.appendTurn({ ...broken, messages: query === undefined ? [] : [query, answer] }),
        RangeError,
      );
      await store.appendTurn(turnOf("session", { query: 3, answer: 3 }));
      assert.deepEqual(await contentsOf(store, "session", "query"), [1, 3]);
      assert.deepEqual(await contentsOf(store, "session", "answer"), [1, 3]);
    },
  },
  {
    name: "of a turn that is refused midway nothing is stored, and its neighbours are",
    async run(fixture) {
      await using store = await fixture.open();
      await store.appendTurn(turnOf("session", { query: 0 }));
      await fixture.refuseKey("refused");
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, turn) =>
          store.appendTurn(
            turnOf("session", turn === 4 ? { query: 4, refused: 4, answer: 4 } : { query: turn }),
          ),
        ),
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        outcomes.map((_, turn) => (turn === 4 ? "rejected" : "fulfilled")),
      );
      assert.deepEqual(
        new Set(await contentsOf(store, "session", "query")),
        new Set([0, 1, 2, 3, 5, 6, 7, 8, 9]),
      );
      assert.deepEqual(await contentsOf(store, "session", "answer"), []);
      assertOrdered(await recordsOf(store, "session", ["query"]));
    },
  },
  {
    name: "64 writers of one session lose nothing, and their turns stand one after another",
    async run(fixture) {
      await using store = await fixture.open({ clock: stillClock });
      const names = Array.from({ length: writers }, (_, writer) => `writer ${writer}`);
      await Promise.all(
        names.map((name) => store.appendTurn(turnOf("session", { query: name, answer: name }))),
      );
      const records = await recordsOf(store, "session", ["query", "answer"]);
      assertOrdered(records);
      const contents = records.map(({ message }) => message.content);
      const queries = contents.filter((_, index) => index % 2 === 0);
      const answers = contents.filter((_, index) => index % 2 === 1);
      assert.deepEqual(queries, answers);
      assert.equal(queries.length, names.length);
      assert.deepEqual(new Set(queries), new Set(names));
      assert.ok(records.every(({ messageKey }, i) => messageKey === (i % 2 ? "answer" : "query")));
    },
  },
  {
    name: "a reader beside 64 writers sees whole turns, and each as soon as it is stored",
    async run(fixture) {
      await using store = await fixture.open();
      const sessions = ["one", "two", "three", "four"];
      const state = { writing: true };
      const reading = (async () => {
        while (state.writing) {
          for (const session of sessions) await assertWhole(store, session);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const written = Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          const session = sessions[writer % sessions.length] ?? "";
          for (let turn = 0; turn < 4; turn += 1) {
            const name = `${writer} ${turn}`;
            await store.appendTurn(turnOf(session, { query: name, answer: name }));
            const contents = await contentsOf(store, session, "answer");
            assert.ok(contents.includes(name), `the turn ${name} was stored but is not read`);
          }
        }),
      ).finally(() => (state.writing = false));
      await Promise.all([written, reading]);
      for (const session of sessions) {
        const contents = await contentsOf(store, session, "answer");
        assert.equal(new Set(contents).size, writers);
        assert.equal(contents.length, writers);
      }
    },
  },
  {
    name: "two stores that write one session at the same time lose nothing and keep one order",
    async run(fixture) {
      await using one = await fixture.open({ clock: stillClock });
      await using other = await fixture.open({ clock: stillClock });
      const names = Array.from({ length: writers }, (_, writer) => `writer ${writer}`);
      await Promise.all(
        names.map((name, index) =>
          (index % 2 === 0 ? one : other).appendTurn(
            turnOf("session", { query: name, answer: name }),
          ),
        ),
      );
      const records = await recordsOf(one, "session", ["query", "answer"]);
      assert.equal(records.length, 2 * writers);
      assertOrdered(records);
      await assertWhole(other, "session");
    },
  },
];

async function assertWhole(store: SessionStore, session: string): Promise<void> {
  // A turn that is there when the first is read must be there when the second is.
  for (const [first, second] of [
    ["query", "answer"],
    ["answer", "query"],
  ] as const) {
    const seen = await contentsOf(store, session, first);
    const also = new Set(await contentsOf(store, session, second));
    for (const name of seen) {
      assert.ok(also.has(name), `the turn ${String(name)} was seen with its ${first} alone`);
    }
  }
}
