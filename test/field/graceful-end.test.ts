import { afterEach, beforeEach, expect, test } from "vitest";
import {
  parseEventStream,
  readEvents,
  type StreamEvent,
  textOf,
} from "../helpers/server-sent-events.ts";
import type { ServerProcess } from "../helpers/turnkeep-process.ts";
import { openPlace, type Place } from "./place.ts";
import { postChat, startFieldServer } from "./start-field-server.ts";

let place: Place;
let server: ServerProcess | undefined;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** Asks for a stream in the session `s`, and waits for its first piece. */
async function ask(pieces: number, name: string): Promise<Response> {
  if (server === undefined) throw new Error("there is no server");
  const body = { message: name, session_id: "s", stream: true, pieces, pause: 50, size: 24 };
  return postChat(server, body, { "X-Appbuilder-Request-Id": name });
}

/** Tells the server to end once the stream's first bytes are there, and reads it to its end. */
async function endWhile({ body }: Response): Promise<StreamEvent[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    if (chunks.length === 0) server?.signal("SIGTERM");
    chunks.push(chunk);
  }
  return parseEventStream(Buffer.concat(chunks).toString("utf8"));
}

test("a server that is told to end in mid-stream says so in the last event, and keeps the part", async () => {
  server = await startFieldServer(place.url, { shutdownGrace: 300 });
  const running = await ask(1000, "running");
  const waiting = await ask(3, "waiting");
  const waited = readEvents(waiting);
  const events = await endWhile(running);
  expect(events.at(-1)).toMatchObject({ id: "end", data: { code: 503, result: null } });
  expect((await waited).at(-1)).toMatchObject({ id: "end", data: { code: 503, result: null } });
  expect((await server.ended).code).toBe(0);

  const store = await place.openStore();
  const turn = await store.getTurn("running", undefined);
  expect(turn).toMatchObject({ state: "interrupted", question: { content: "running" } });
  expect(turn?.answer?.content).toBe(textOf(events.slice(0, -1)));
  expect(await store.getTurn("waiting", undefined)).toMatchObject({
    state: "interrupted",
    answer: undefined,
  });
  expect(await place.messages("s")).toEqual([]);
});

test("a server that is told to end lets a stream end within the grace", async () => {
  server = await startFieldServer(place.url, { shutdownGrace: 20_000 });
  const events = await endWhile(await ask(10, "running"));
  expect(events).toHaveLength(11);
  expect(events.at(-1)).toMatchObject({
    id: "end",
    data: { code: 0, result: { is_completion: true } },
  });
  expect((await server.ended).code).toBe(0);
  const store = await place.openStore();
  expect(await store.getTurn("running", undefined)).toMatchObject({ state: "complete" });
  expect((await place.messages("s")).map(({ content }) => content)).toEqual([
    "running",
    textOf(events),
  ]);
});
