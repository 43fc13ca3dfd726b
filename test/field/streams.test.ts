import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseEventStream, textOf } from "../helpers/server-sent-events.ts";
import type { ServerProcess } from "../helpers/turnkeep-process.ts";
import { openPlace, type Place, range } from "./place.ts";
import { memoryOf, startFieldServer } from "./start-field-server.ts";

const full = process.env["TURNKEEP_FAULTS"] === "full";
const streams = full ? 1000 : 100;
const seconds = full ? 10 : 2;
const piecesPerSecond = 20;

let place: Place;
let server: ServerProcess | undefined;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** What came through a connection, and when, in milliseconds since 1970. */
interface Arrival {
  readonly time: number;
  readonly bytes: Buffer;
}

test(`${streams} streams open at once lose nothing, and every client gets what is stored`, async () => {
  server = await startFieldServer(place.url);
  const { url } = server;
  const before = await memoryOf(server);
  const pieces = seconds * piecesPerSecond;
  const manner = { pieces, pause: 1000 / piecesPerSecond, size: 24 };
  const reading = range(streams).map((index) =>
    readStream(url, { message: "q", session_id: `s${index}`, stream: true, ...manner }),
  );
  await sleep(seconds * 600);
  const during = await memoryOf(server);
  const all = await Promise.all(reading);
  const delays: number[] = [];
  for (const [index, arrivals] of all.entries()) {
    const events = parseEventStream(
      Buffer.concat(arrivals.map(({ bytes }) => bytes)).toString("utf8"),
    );
    expect(events).toHaveLength(pieces + 1);
    expect(events.at(-1)).toMatchObject({
      id: "end",
      data: { code: 0, result: { is_completion: true } },
    });
    const text = textOf(events);
    expect(text).toHaveLength(pieces * manner.size);
    expect((await place.messages(`s${index}`)).map(({ content }) => content)).toEqual(["q", text]);
    delays.push(...delaysOf(arrivals));
  }
  const perStream = (during.rss - before.rss) / streams;
  delays.sort((one, other) => one - other);
  const [median = Infinity, late = Infinity, latest = Infinity] = [0.5, 0.99, 1].map(
    (part) => delays[Math.ceil(part * delays.length) - 1],
  );
  // oxlint-disable-next-line no-console -- the figures of the run
  console.log(
    `${streams} streams, ${piecesPerSecond} pieces a second each for ${seconds} s: ${Math.round(perStream / 1024)} KB of memory a stream; delay of a piece: median ${median.toFixed(0)} ms, p99 ${late.toFixed(0)} ms, latest ${latest.toFixed(0)} ms`,
  );
  expect(delays).toHaveLength(streams * pieces);
  expect(perStream).toBeLessThan(1024 * 1024);
  expect(late).toBeLessThan(5000);
}, 120_000);

function readStream(url: string, body: unknown): Promise<Arrival[]> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json" };
    const outgoing = request(
      `${url}/chat`,
      { method: "POST", headers, agent: false },
      (incoming) => {
        const arrivals: Arrival[] = [];
        incoming.on("data", (bytes: Buffer) => {
          arrivals.push({ time: performance.timeOrigin + performance.now(), bytes });
        });
        incoming.on("error", reject);
        incoming.on("end", () => resolve(arrivals));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}

/** How long after they were due the pieces of a stream arrived, in milliseconds. */
function delaysOf(arrivals: readonly Arrival[]): number[] {
  return arrivals.flatMap(({ time, bytes }) =>
    [...bytes.toString("utf8").matchAll(/"content":"\d+:(\d+\.\d)\.* "/g)].map(
      ([, due]) => time - Number(due),
    ),
  );
}
