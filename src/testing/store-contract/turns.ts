import assert from "node:assert/strict";
import type { JSONValue } from "../../json.ts";
import { Message } from "../../message/message.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { comparable, contentsOf, HandSetClock, recordsOf } from "./cases.ts";
import { begin, claim, comparableTurn, ending, newTurn, refused, statesOf } from "./turn-steps.ts";

const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

/** What a turn is from its beginning to its end, and how it is read. */
export const turnCases: readonly StoreContractCase[] = [
  {
    name: "a session's first turn runs, and is read as beginTurn answered it",
    async run(fixture) {
      await using store = await fixture.open();
      const question = new Message("海淀区的面积是多少");
      const turn = await begin(store, "session", "one", { question });
      const { createdAt } = turn;
      assert.match(createdAt, time);
      assert.deepEqual(comparableTurn(turn), {
        requestId: "one",
        sessionId: "session",
        number: 1,
        parent: 0,
        chosen: true,
        versions: ["one"],
        retryOf: undefined,
        state: "running",
        question: JSON.stringify(question),
        arguments: {},
        answer: undefined,
        error: undefined,
        feedback: undefined,
        stopRequested: false,
        bodyHash: undefined,
        createdAt,
        endedAt: undefined,
      });
      const read = await store.getTurn("one", undefined);
      assert.deepEqual(comparableTurn(read), comparableTurn(turn));
      const turns = await store.getTurns({ sessionId: "session", userId: undefined, limit: 10 });
      assert.deepEqual(turns?.map(comparableTurn), [comparableTurn(turn)]);
    },
  },
  {
    name: "a turn that is not there is not read",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      assert.equal(await store.getTurn("other", undefined), undefined);
      assert.equal(await store.requestStop("other", undefined), undefined);
      const query = { sessionId: "other", userId: undefined, limit: 10 };
      assert.equal(await store.getTurns(query), undefined);
    },
  },
  {
    name: "a turn keeps its question, its arguments, its hash and what it runs again",
    async run(fixture) {
      await using store = await fixture.open();
      const question = new Message(
        { a: ["海", 1.5, null] },
        { name: "用户", fields: { extra: 1 } },
      );
      const args = JSON.parse(
        `{"style":"短\\u0000😀","deep":{"list":[1,[2,{"__proto__":3}]],"none":null},"n":1e-7,"":true}`,
      ) as { readonly [name: string]: JSONValue };
      const idempotency = { key: "k".repeat(64), bodyHash: "b".repeat(64) };
      await begin(store, "session", "one");
      await begin(store, "session", "two", {
        question,
        arguments: args,
        idempotency,
        retryOf: "one",
      });
      const turn = await store.getTurn("two", undefined);
      assert.equal(JSON.stringify(turn?.question), JSON.stringify(question));
      assert.deepEqual(turn?.arguments, args);
      assert.equal(turn.bodyHash, idempotency.bodyHash);
      assert.equal(turn.retryOf, "one");
    },
  },
  {
    name: "what becomes of a request or an answer changes nothing in the store",
    async run(fixture) {
      await using store = await fixture.open();
      const args = { list: [1] };
      const turn = await begin(store, "session", "one", { arguments: args });
      args.list.push(2);
      const before = comparableTurn(await store.getTurn("one", undefined));
      assert.deepEqual(before, comparableTurn({ ...turn, arguments: { list: [1] } }));
      const query = { sessionId: "session", userId: undefined, limit: 10 };
      ((await store.getTurns(query)) as unknown[]).length = 0;
      ((await store.listSessions(query)) as unknown[]).length = 0;
      Object.assign((await store.getTurn("one", undefined)) ?? {}, { state: "failed" });
      Object.assign((await store.getSession("session", undefined)) ?? {}, { title: "changed" });
      assert.deepEqual(comparableTurn(await store.getTurn("one", undefined)), before);
      assert.equal((await store.getTurns(query))?.length, 1);
      assert.deepEqual(
        (await store.listSessions(query)).map(({ title }) => title),
        ["the question of one"],
      );
    },
  },
  {
    name: "a complete turn has its messages in its session, its answer and its end",
    async run(fixture) {
      await using store = await fixture.open();
      const turn = await begin(store, "session", "one");
      const end = ending("one", { query: "北京有多大", answer: { text: "很大" } });
      const records = await store.endTurn(end);
      const read = await recordsOf(store, "session", ["query", "answer"]);
      assert.deepEqual(read.map(comparable), records.map(comparable));
      assert.deepEqual(
        read.map(({ messageKey, requestId, message }) => [messageKey, requestId, message.content]),
        [
          ["query", "one", "北京有多大"],
          ["answer", "one", { text: "很大" }],
        ],
      );
      const ended = await store.getTurn("one", undefined);
      assert.match(ended?.endedAt ?? "", time);
      assert.deepEqual(comparableTurn(ended), {
        ...comparableTurn(turn),
        state: "complete",
        answer: JSON.stringify(end.answer),
        endedAt: ended?.endedAt,
      });
    },
  },
  {
    name: "a complete turn may add nothing to its session",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const answer = new Message("said, and not appended");
      assert.deepEqual(await store.endTurn(ending("one", {}, { answer })), []);
      const turn = await store.getTurn("one", undefined);
      assert.equal(turn?.state, "complete");
      assert.equal(JSON.stringify(turn.answer), JSON.stringify(answer));
      const query = { sessionId: "session", userId: undefined, limit: 10 };
      assert.deepEqual(await store.getMessages(query), []);
    },
  },
  {
    name: "a turn's answer is the one it ended with, whatever its messages are",
    async run(fixture) {
      await using store = await fixture.open();
      const said = new Message("said", { id: "same id", name: "a", fields: { n: 1 } });
      const like = new Message("said", { id: "same id", name: "a", fields: { n: 2 } });
      const other = new Message("other", { id: "same id" });
      const answers = [said, like, other, undefined];
      for (const [index, answer] of answers.entries()) {
        await begin(store, "session", `turn ${index}`);
        const messages = [
          { messageKey: "draft", message: other },
          { messageKey: "answer", message: said },
        ];
        await store.endTurn(ending(`turn ${index}`, {}, { messages, answer }));
      }
      for (const [index, answer] of answers.entries()) {
        const turn = await store.getTurn(`turn ${index}`, undefined);
        assert.equal(JSON.stringify(turn?.answer), JSON.stringify(answer));
      }
      const turns = await store.getTurns({ sessionId: "session", userId: undefined, limit: 10 });
      assert.deepEqual(
        turns?.map(({ answer }) => JSON.stringify(answer)),
        answers.map((answer) => JSON.stringify(answer)).toReversed(),
      );
    },
  },
  {
    name: "a stopped turn keeps what it had said, also in its session",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      const end = ending("one", { query: "q", answer: "as far as" }, { state: "stopped" });
      const records = await store.endTurn(end);
      assert.equal(records.length, 2);
      assert.deepEqual(await contentsOf(store, "session", "answer"), ["as far as"]);
      const turn = await store.getTurn("one", undefined);
      assert.equal(turn?.state, "stopped");
      assert.equal(JSON.stringify(turn.answer), JSON.stringify(end.answer));
      assert.match(turn.endedAt ?? "", time);
    },
  },
  {
    name: "a failed or interrupted turn keeps its part and its error, and adds no message",
    async run(fixture) {
      await using store = await fixture.open();
      const errors = [
        { code: "model_failed", status: 502, number: 17, message: "The model failed: “海”." },
        { code: "run_timeout", status: 504, number: undefined, message: "Too slow." },
        undefined,
      ];
      for (const state of ["failed", "interrupted"] as const) {
        for (const [index, error] of errors.entries()) {
          const requestId = `${state} ${index}`;
          await begin(store, "session", requestId);
          const end = ending(requestId, { query: "q", answer: "a part" }, { state, error });
          assert.deepEqual(await store.endTurn(end), []);
          const turn = await store.getTurn(requestId, undefined);
          assert.equal(turn?.state, state);
          assert.deepEqual(turn.error, error);
          assert.equal(JSON.stringify(turn.answer), JSON.stringify(end.answer));
          assert.match(turn.endedAt ?? "", time);
        }
      }
      assert.deepEqual(await contentsOf(store, "session", "query"), []);
      assert.deepEqual(await contentsOf(store, "session", "answer"), []);
      const query = { sessionId: "session", userId: undefined, limit: 10 };
      assert.deepEqual(await store.getMessages(query), []);
    },
  },
  {
    name: "a turn ends once",
    async run(fixture) {
      await using store = await fixture.open();
      for (const state of ["complete", "stopped", "failed", "interrupted"] as const) {
        const requestId = `the ${state} one`;
        await begin(store, "session", requestId);
        await store.endTurn(ending(requestId, { query: requestId }, { state }));
        const before = comparableTurn(await store.getTurn(requestId, undefined));
        for (const again of ["complete", "stopped", "failed", "interrupted"] as const) {
          const end = ending(requestId, { query: "again" }, { state: again });
          await refused("claim_lost", () => store.endTurn(end));
        }
        await refused("claim_lost", () => claim(store, requestId));
        assert.deepEqual(comparableTurn(await store.getTurn(requestId, undefined)), before);
      }
      assert.deepEqual(await contentsOf(store, "session", "query"), [
        "the complete one",
        "the stopped one",
      ]);
    },
  },
  {
    name: "a turn that never began cannot be claimed or ended",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await refused("claim_lost", () => claim(store, "other"));
      await refused("claim_lost", () => store.endTurn(ending("other", { query: "q" })));
      assert.deepEqual(await statesOf(store, "session"), ["running"]);
      assert.deepEqual(await contentsOf(store, "session", "query"), []);
    },
  },
  {
    name: "a request id belongs to one turn",
    async run(fixture) {
      await using store = await fixture.open();
      const turn = await begin(store, "session", "one", { userId: "alice" });
      for (const again of [
        newTurn("session", "one", { userId: "alice" }),
        newTurn("other", "one", { userId: "alice" }),
        newTurn("third", "one"),
      ]) {
        await refused("request_id_taken", () => store.beginTurn(again));
      }
      await store.endTurn(ending("one"));
      const { userId } = { userId: "alice" };
      await refused("request_id_taken", () =>
        store.beginTurn(newTurn("session", "one", { userId })),
      );
      const read = await store.getTurn("one", "alice");
      assert.equal(JSON.stringify(read?.question), JSON.stringify(turn.question));
      assert.equal(await store.getSession("other", userId), undefined);
      assert.equal(await store.getSession("third", undefined), undefined);
      assert.equal((await begin(store, "session", "two", { userId })).number, 2);
    },
  },
  {
    name: "turns are read newest first, as many as asked for, from a number back",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "other", "elsewhere");
      for (let number = 1; number <= 12; number += 1) {
        const turn = await begin(store, "session", `turn ${number}`);
        assert.equal(turn.number, number);
        const state = number % 3 === 0 ? "failed" : "complete";
        if (number <= 10) await store.endTurn(ending(turn.requestId, {}, { state }));
      }
      const numbers = async (limit: number, before?: number): Promise<unknown> => {
        const query = { sessionId: "session", userId: undefined, limit, before };
        return (await store.getTurns(query))?.map(({ number }) => number);
      };
      assert.deepEqual(await numbers(100), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      assert.deepEqual(await numbers(3), [12, 11, 10]);
      assert.deepEqual(await numbers(3, 10), [9, 8, 7]);
      assert.deepEqual(await numbers(3, 3), [2, 1]);
      assert.deepEqual(await numbers(3, 1), []);
      assert.deepEqual(await numbers(2, 1000), [12, 11]);
      assert.deepEqual(await numbers(0), []);
      assert.deepEqual(await statesOf(store, "session"), [
        "complete",
        "complete",
        "failed",
        "complete",
        "complete",
        "failed",
        "complete",
        "complete",
        "failed",
        "complete",
        "running",
        "queued",
      ]);
    },
  },
  {
    name: "the times of turns and of what they add never go back",
    async run(fixture) {
      const clock = new HandSetClock("2026-10-25 02:59:59.900000");
      await using store = await fixture.open({ clock: clock.now });
      const times: string[] = [];
      for (const [index, now] of [
        "2026-10-25 02:59:59.900000",
        "2026-10-25 02:00:00.000000",
        "2026-10-25 02:00:00.000000",
        "2026-10-25 04:00:00.000000",
        "2026-10-25 03:00:00.000000",
      ].entries()) {
        clock.time = now;
        const requestId = `turn ${index}`;
        const turn = await begin(store, "session", requestId);
        const end = ending(requestId, { query: 1, answer: 2 });
        clock.time = index === 2 ? "2026-10-25 01:00:00.000000" : now;
        const records = index === 4 ? [] : await store.endTurn(end);
        if (index === 4) await store.endTurn({ ...end, state: "failed" });
        const ended = await store.getTurn(requestId, undefined);
        times.push(turn.createdAt, ...records.map(({ updatedAt }) => updatedAt));
        times.push(ended?.endedAt ?? "");
      }
      assert.deepEqual(times, times.toSorted());
      assert.equal(times[0], "2026-10-25 02:59:59.900000");
      assert.ok(times.includes("2026-10-25 04:00:00.000000"), "the clock is not followed");
    },
  },
  {
    name: "a turn that is run again takes the place of what it had said before it was stopped",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "first");
      await store.endTurn(ending("first", { query: "first", answer: "an answer" }));
      await begin(store, "session", "stopped");
      const part = { query: "again", answer: "a part" };
      await store.endTurn(ending("stopped", part, { state: "stopped" }));
      await begin(store, "session", "retry", { retryOf: "stopped" });
      assert.deepEqual(await contentsOf(store, "session", "query"), ["first"]);
      await store.endTurn(ending("retry", { query: "again", answer: "the whole" }));
      assert.deepEqual(await contentsOf(store, "session", "answer"), ["an answer", "the whole"]);
      const sessionId = "session";
      await store.updateSession(sessionId, undefined, { deleted: true });
      await store.updateSession(sessionId, undefined, { deleted: false });
      assert.deepEqual(await contentsOf(store, "session", "query"), ["first", "again"]);
    },
  },
  {
    name: "a turn takes no place where it is refused, known already, or of another session",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "theirs", "their turn", { userId: "bob" });
      await store.endTurn(ending("their turn", { query: "theirs" }));
      const idempotency = { key: "k".repeat(64), bodyHash: "b".repeat(64) };
      await begin(store, "session", "stopped", { idempotency });
      await store.endTurn(ending("stopped", { query: "a part" }, { state: "stopped" }));
      const again = newTurn("session", "again", { retryOf: "stopped", idempotency });
      assert.equal((await store.beginTurn(again)).isNew, false);
      await begin(store, "session", "running", { retryOf: "their turn" });
      const retry = newTurn("session", "retry", { retryOf: "stopped", queueLimit: 0 });
      await refused("queue_full", () => store.beginTurn(retry));
      assert.deepEqual(await contentsOf(store, "session", "query"), ["a part"]);
      assert.deepEqual(await contentsOf(store, "theirs", "query"), ["theirs"]);
    },
  },
];
