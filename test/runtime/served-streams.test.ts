import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { HttpRuntime, MemoryStore, type MessageSource, MessageStream } from "turnkeep";
import { afterEach, expect, test, vi } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

afterEach(() => void vi.useRealTimers());

function runtimeThatSays(say: () => AsyncIterable<MessageSource>): HttpRuntime {
  return new HttpRuntime({
    component: { run: async () => MessageStream.from(say()) },
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
  });
}

function ask(url: string): Promise<Response> {
  return fetch(`${url}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: "q", stream: true }),
  });
}

/** The chunks of a chunked answer, as they stand on the wire. */
function toChunks(answer: string): readonly string[] {
  const chunks: string[] = [];
  let rest = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  for (;;) {
    const [size = ""] = rest.split("\r\n", 1);
    const length = Number.parseInt(size, 16);
    if (!(length > 0)) return chunks;
    const start = size.length + 2;
    chunks.push(rest.slice(start, start + length));
    rest = rest.slice(start + length + 2);
  }
}

const asked = {
  id: "s",
  messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "q" }] }],
};

test.each([
  ["/chat", { message: "q", stream: true }, '"content":"'],
  ["/api/chat", asked, '"text-delta"'],
])(
  "what %s says in one turn of the event loop is one chunk on the wire",
  async (path, of, piece) => {
    await using runtime = runtimeThatSays(async function* say() {
      yield "one ";
      yield "two ";
      yield "three";
    });
    await using server = await runtime.serve({ port: 0 });
    const socket = connect(server.port, server.host);
    const body = JSON.stringify(of);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const chunks = toChunks(await textOf(socket));
    const pieces = chunks.map((chunk) => chunk.split(piece).length - 1);
    expect(Math.max(...pieces)).toBeGreaterThanOrEqual(2);
  },
);

test("a silent stream says something every fifteen seconds, and nothing once it speaks", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const source = new ControlledSource();
  await using runtime = runtimeThatSays(() => source);
  await using server = await runtime.serve({ port: 0 });
  const timers = vi.getTimerCount();
  const answer = await ask(server.url);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const said = reader?.read();
  await vi.advanceTimersByTimeAsync(16_000);
  expect(await said).toEqual({ done: false, value: ": keep-alive\n\n" });
  const saidAgain = reader?.read();
  await vi.advanceTimersByTimeAsync(10_000);
  source.give("one");
  expect((await saidAgain)?.value).toContain('"one"');
  const last = reader?.read();
  await vi.advanceTimersByTimeAsync(10_000);
  source.end();
  expect((await last)?.value).toContain('"is_completion":true');
  expect(vi.getTimerCount()).toBe(timers);
});
