import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { SessionStore } from "../../session/session-store.ts";
import type { StoreContractCase } from "../store-fixture.ts";
import { begin, claim, statesOf } from "./turn-steps.ts";

/** What is left of a turn whose replica died. */
export const interruptionCases: readonly StoreContractCase[] = [
  {
    name: "an interrupted turn keeps its question, and what its chunks hold as its answer",
    async run(fixture) {
      await using store = await fixture.open();
      const ways: Readonly<Record<string, () => Promise<unknown>>> = {
        "by all": () => store.interruptLapsed(),
        "by a new turn": () => begin(store, "by a new turn", "new"),
        "by a claim": () => claim(store, "waiting"),
      };
      for (const [session, interrupt] of Object.entries(ways)) {
        const requestId = `interrupted ${session}`;
        const turn = await begin(store, session, requestId, { replica: "dead" });
        if (session === "by a claim") await begin(store, session, "waiting");
        await say(store, requestId);
        await store.renewClaims("dead", 0);
        await interrupt();
        const interrupted = await store.getTurn(requestId, undefined);
        assert.equal(interrupted?.state, "interrupted");
        assert.equal(JSON.stringify(interrupted.question), JSON.stringify(turn.question));
        assert.ok(interrupted.answer !== undefined, `${session}, the part is lost`);
        const { content, id, name, fields } = interrupted.answer;
        assert.equal(content, "海淀区的面积是431平方公里😀");
        assert.deepEqual([id, name], ["the answer's id", "assistant"]);
        assert.deepEqual(fields, { extra: { later: true }, usage: 3 });
        assert.equal(interrupted.error, undefined);
        assert.notEqual(interrupted.endedAt, undefined);
        assert.deepEqual(await store.getChunks(requestId, 0), []);
      }
    },
  },
  {
    name: "an interrupted turn that had said nothing has no answer",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one");
      await begin(store, "session", "two");
      await store.renewClaims("replica", 0);
      await store.interruptLapsed();
      for (const requestId of ["one", "two"]) {
        const turn = await store.getTurn(requestId, undefined);
        assert.equal(turn?.state, "interrupted");
        assert.equal(turn.answer, undefined);
      }
    },
  },
  {
    name: "every turn whose claim has lapsed is interrupted and counted, and no other",
    async run(fixture) {
      await using store = await fixture.open();
      assert.equal(await store.interruptLapsed(), 0);
      for (let session = 0; session < 20; session += 1) {
        for (const [requestId, replica] of [
          [`${session} running`, session % 2 === 0 ? "dead" : "replica"],
          [`${session} queued`, session % 4 < 2 ? "dead" : "replica"],
        ] as const) {
          await begin(store, `session ${session}`, requestId, { replica });
          const chunk = { requestId, number: 0, content: requestId, fields: {} };
          await store.appendChunks(replica, [chunk]);
        }
      }
      await store.updateSession("session 0", undefined, { deleted: true });
      await store.renewClaims("dead", 0);
      assert.equal(await store.interruptLapsed(), 20);
      assert.equal(await store.interruptLapsed(), 0);
      await store.updateSession("session 0", undefined, { deleted: false });
      for (let session = 0; session < 20; session += 1) {
        const first = session % 2 === 0 ? "interrupted" : "running";
        const second = session % 4 < 2 ? "interrupted" : "queued";
        assert.deepEqual(await statesOf(store, `session ${session}`), [first, second]);
        for (const [requestId, state] of [
          [`${session} running`, first],
          [`${session} queued`, second],
        ] as const) {
          const turn = await store.getTurn(requestId, undefined);
          const part = state === "interrupted" ? requestId : undefined;
          assert.equal(turn?.answer?.content, part);
          assert.equal((await store.getChunks(requestId, 0)).length, part === undefined ? 1 : 0);
        }
      }
    },
  },
  {
    name: "what an interrupted turn had said is in no history",
    async run(fixture) {
      await using store = await fixture.open();
      await begin(store, "session", "one", { question: new Message("never answered") });
      await say(store, "one", "replica");
      await store.renewClaims("replica", 0);
      await store.interruptLapsed();
      for (const messageKey of ["query", "answer"]) {
        const query = { sessionId: "session", messageKey, limit: 10 };
        assert.deepEqual(await store.getHistory(query), []);
      }
      const query = { sessionId: "session", userId: undefined, limit: 10 };
      assert.deepEqual(await store.getMessages(query), []);
    },
  },
];

async function say(store: SessionStore, requestId: string, replica = "dead"): Promise<void> {
  const fields = { id: "the answer's id", name: "assistant", extra: { later: false } };
  await store.appendChunks(replica, [
    { requestId, number: 0, content: "海淀区", fields },
    { requestId, number: 1, content: "的面积是", fields: {} },
  ]);
  await store.appendChunks(replica, [
    { requestId, number: 2, content: "", fields: { extra: { later: true } } },
    { requestId, number: 3, content: "431平方公里😀", fields: { usage: 3 } },
  ]);
}
