import { HttpRuntime, MemoryStore, Message } from "turnkeep";
import { describe, expect, test } from "vitest";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { inProcess } from "../../helpers/http-client.ts";
import { recordingLogger } from "../../helpers/recording-logger.ts";
import { echo } from "../replicas.ts";
import { chat, chunksOf } from "./chat-requests.ts";

describe("in a long session", () => {
  test("a message is found by its id in the newest 1000 turns, by its turn's in all", async () => {
    const store = new MemoryStore();
    for (let number = 1; number <= 1001; number += 1) {
      const question = new Message("q", { id: `message-${number}` });
      await begin(store, "s", `turn-${number}`, { question });
      await store.endTurn(ending(`turn-${number}`, { answer: "a" }));
    }
    await using runtime = new HttpRuntime({
      component: echo,
      userSessionConfig: store,
      logger: recordingLogger(),
    });
    const send = inProcess(runtime.fetch);
    const edit = (messageId: string) => send(chat("s", "edited", { messageId }));
    for (const messageId of ["message-1", "none"]) {
      const refused = await edit(messageId);
      expect([refused.status, refused.text]).toEqual([
        404,
        expect.stringContaining(`has no message "${messageId}" in its newest 1000 turns`),
      ]);
    }
    for (const [messageId, edited] of [
      ["message-2", "turn-2"],
      ["turn-1", "turn-1"],
    ] as const) {
      expect(chunksOf(await edit(messageId))[0]).toMatchObject({
        messageMetadata: { versions: { index: 1, ids: [edited, expect.any(String)] } },
      });
    }
  });
});
