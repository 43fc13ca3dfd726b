import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ServerProcess } from "../helpers/turnkeep-process.ts";
import { eventually, openPlace, type Place, range } from "./place.ts";
import { memoryOf, postChat, startFieldServer } from "./start-field-server.ts";

let place: Place;
let server: ServerProcess;
let sockets: Socket[] = [];
beforeAll(async () => {
  place = await openPlace();
  // What is written meanwhile is another test's.
  server = await startFieldServer(place.url, { chunkInterval: 60_000 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

// Of 1 MB the system's own buffers take all, of 8 MB the half.
test.each([
  { readers: 50, pieces: 1024, size: 1024 },
  { readers: 2, pieces: 32_768, size: 256 },
])(
  "$readers clients that do not read $pieces pieces of $size characters hold up no other, and no more memory than the answers",
  async ({ readers, ...manner }) => {
    const { pieces, size } = manner;
    // What a first answer takes once and for all is no reader's.
    await (await postChat(server, { message: "q", stream: true, pause: 0, ...manner })).text();
    const before = await memoryOf(server);
    sockets = range(readers).map((index) => ask(`${size}-${index}`, manner));
    const times: number[] = [];
    await eventually(async () => {
      const begin = performance.now();
      const response = await postChat(server, { message: "q", pieces: 3, pause: 1, size: 24 });
      expect(response.status).toBe(200);
      await response.text();
      times.push(performance.now() - begin);
      expect(await place.count("running")).toBe(0);
    });
    const after = await memoryOf(server);
    const perReader = (after.used - before.used) / readers;
    // oxlint-disable-next-line no-console -- the figures of the run
    console.log(
      `${readers} clients that do not read: ${(perReader / 1024 / 1024).toFixed(1)} MB of memory each; others waited ${Math.max(...times).toFixed(0)} ms at the most`,
    );
    // A run holds its pieces and its whole; were all events made at once, they would come to that.
    expect(perReader).toBeLessThan(3.2 * pieces * size);
    expect(Math.max(...times)).toBeLessThan(8000);

    const [first] = sockets;
    const text = await readToEnd(first);
    const said = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join("");
    expect(said).toHaveLength(pieces * size);
    expect((await place.messages(`${size}-0`)).at(-1)?.content).toBe(said);
    expect(text).toContain("id: end\n");
  },
  60_000,
);

/** Asks for a stream, and reads nothing of it. */
function ask(name: string, manner: { readonly pieces: number; readonly size: number }): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.pause();
  const body = JSON.stringify({
    message: "q",
    session_id: name,
    stream: true,
    pause: 0,
    ...manner,
  });
  socket.write(
    `POST /chat HTTP/1.1\r\nHost: turnkeep.test\r\nContent-Type: application/json\r\nX-Appbuilder-Request-Id: ${name}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  return socket;
}

function readToEnd(socket: Socket | undefined): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket?.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket?.on("end", () => resolve(withoutFrames(Buffer.concat(chunks).toString("latin1"))));
    socket?.resume();
  });
}

/** The body of an answer in chunked transfer coding. */
function withoutFrames(answer: string): string {
  let rest = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  const parts: string[] = [];
  for (;;) {
    const end = rest.indexOf("\r\n");
    const length = Number.parseInt(rest.slice(0, end), 16);
    if (!(length > 0)) return parts.join("");
    parts.push(rest.slice(end + 2, end + 2 + length));
    rest = rest.slice(end + 2 + length + 2);
  }
}
