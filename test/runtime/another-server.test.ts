import { getRequestListener } from "@hono/node-server";
import { expect, test } from "vitest";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { parseServerSentEvents } from "../helpers/server-sent-events.ts";

test("a stream is served where the program had replaced the global Response before", async () => {
  getRequestListener(() => new Response("another server"));
  const { defineComponent, HttpRuntime, MemoryStore } = await import("turnkeep");
  const component = defineComponent<string>({
    run: async function* run() {
      yield "one";
    },
  });
  const userSessionConfig = new MemoryStore();
  const logger = recordingLogger();
  await using runtime = new HttpRuntime({ component, userSessionConfig, logger });
  await using server = await runtime.serve({ port: 0 });
  for (let request = 0; request < 2; request += 1) {
    const answer = await fetch(`${server.url}/chat`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "q", stream: true }),
    });
    expect(parseServerSentEvents(await answer.text())).toHaveLength(2);
  }
});
