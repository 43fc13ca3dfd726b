import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, HttpRuntime, MemoryStore } from "turnkeep";
import { expect, test } from "vitest";
import { collectGarbage } from "../helpers/garbage.ts";
import { inProcess } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { parseEventStream, textOf } from "../helpers/server-sent-events.ts";
import { ask, get } from "./run-requests.ts";

const readers = 100;
const megabyte = 1_000_000;
const long = "0123456789".repeat((5 * megabyte) / 10);

/** How many bytes the process holds, among them those that wait to be sent. */
async function bytesHeld(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

test("readers who never read hold next to nothing, however much there is to read", async () => {
  const component = defineComponent<string>({
    run: async function* run(message) {
      if (message.content === "in pieces") {
        for (let start = 0; start < long.length; start += 5000) {
          yield long.slice(start, start + 5000);
        }
      } else {
        yield long;
      }
    },
  });
  await using runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
  });
  await using server = await runtime.serve({ port: 0 });
  const send = inProcess(runtime.fetch);
  await send(ask("whole", { message: "whole", stream: true }));

  const before = await bytesHeld();
  const sockets: Socket[] = [];
  for (let reader = 0; reader < readers; reader += 1) {
    const socket = connect({ port: server.port, host: "127.0.0.1" });
    socket.pause();
    const body = JSON.stringify({ message: "in pieces", stream: true });
    // Half of them a run that has ended, half of them one of their own.
    socket.write(
      reader % 2 === 0
        ? "GET /runs/whole/stream HTTP/1.1\r\nHost: x\r\n\r\n"
        : `POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    sockets.push(socket);
    if (reader % 10 === 0) await sleep(10);
  }
  await sleep(500);
  const held = (await bytesHeld()) - before;
  for (const socket of sockets) socket.destroy();
  // All that there is for them to read is 25 times as much.
  expect(held).toBeLessThan(readers * 0.2 * megabyte);
});

test("a long piece is told in several events, of whole characters, that can be resumed between", async () => {
  const text = `${"a".repeat(16_383)}${"😀".repeat(20_000)}`;
  const component = defineComponent<string>({
    run: async function* run() {
      yield { content: text, fields: { token_usage: { total_tokens: 3 } } };
      yield "end";
    },
  });
  await using runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
  });
  const send = inProcess(runtime.fetch);
  const first = await send(ask("r", { message: "q", stream: true }));
  const events = parseEventStream(first.text);
  expect(events.length).toBeGreaterThan(4);
  expect(textOf(events)).toBe(`${text}end`);
  let position = 0;
  for (const event of events.slice(0, -1)) {
    const content = textOf([event]);
    expect(content.length).toBeLessThanOrEqual(16_384);
    expect(content.isWellFormed()).toBe(true);
    position += content.length;
    expect(event.id).toBe(String(position));
    expect(event.data).toMatchObject({
      result: { is_completion: false, answer_message: { token_usage: { total_tokens: 3 } } },
    });
  }
  for (const [index, { id }] of events.slice(0, -1).entries()) {
    const resumed = await get(send, "/runs/r/stream", { "Last-Event-ID": String(id) });
    expect(textOf(parseEventStream(resumed.text))).toBe(textOf(events.slice(index + 1)));
  }
});
