import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { atLeast, atMost, round } from "../goals.ts";
import { median } from "../measure/rounds.ts";
import { type ServerProcess, startServer } from "../measure/server-process.ts";
import { closeStreams, openStream, type Stream } from "../measure/stream.ts";
import type { Bench, Findings, Part } from "../part.ts";

const streams = 1000;
/** How long a stream is silent between two chunks, in milliseconds: twenty a second. */
const pause = 50;
/** How long the streams are watched, in milliseconds. */
const watched = 8000;
const wantedRate = (streams * 1000) / pause;
/** What share of the chunks must have been said in time. */
const leastShare = 0.9;
const idleStreams = 10_000;
/** How many streams are opened at once, so that no connection is refused. */
const openedAtOnce = 100;

const part: Part = {
  title: "Streams",
  async run(bench) {
    const [sqlite] = bench.databases;
    if (sqlite?.name !== "sqlite") throw new Error("Streams are measured on SQLite.");
    await using database = await sqlite.createDatabase();
    // One core for the server; the clients have the others, where there are any.
    const core = availableParallelism() > 1 ? { core: 0 } : {};
    await using server = await startServer("turnkeep", [database.url], core);
    const first = await firstPieces(bench, server.url);
    const many = await manyStreams(bench, server);
    const held = await idle(bench, server.url);
    const rows = await database.execute("select count(*) as number from appbuilder_session_chunks");
    return toFindings(first, many, held, Number(rows[0]?.["number"]));
  },
};

export default part;

interface Many {
  /** In microseconds. */
  readonly cpuOfChunk: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** In kilobytes. */
  readonly memory: number;
  /** How many chunks came in a second. */
  readonly rate: number;
}

/** How long after the component the client has the first piece, in milliseconds, one by one. */
async function firstPieces(bench: Bench, url: string): Promise<readonly number[]> {
  bench.say("streams: first pieces");
  const delays: number[] = [];
  for (let count = 0; count < 20 * bench.rounds; count += 1) {
    const stream = await openStream(url, { sessionId: randomUUID(), pieces: 1, pause: 5 });
    await stream.ended;
    const [delay] = stream.takeDelays();
    // The first ones warm the program up.
    if (delay !== undefined && count >= 10) delays.push(delay);
  }
  return delays;
}

async function manyStreams(bench: Bench, server: ServerProcess): Promise<Many> {
  bench.say(`streams: ${streams} at ${1000 / pause} chunks a second`);
  const before = await server.use();
  const pieces = Math.ceil((watched * 2) / pause);
  const opened = await openMany(server.url, streams, { pieces, pause });
  await setTimeout(1000);
  for (const stream of opened) stream.takeDelays();
  await server.use();
  await setTimeout(watched);
  const delays = opened.flatMap((stream) => stream.takeDelays());
  const { cpu, memory } = await server.use();
  closeStreams(opened);
  await untilIdle(server.url);
  const sorted = delays.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return {
    cpuOfChunk: (cpu * 1000) / delays.length,
    p50: at(0.5),
    p99: at(0.99),
    memory: (memory - before.memory) / streams / 1000,
    rate: delays.length / (watched / 1000),
  };
}

/** How many streams that say nothing are open at the same time. */
async function idle(bench: Bench, url: string): Promise<number> {
  bench.say(`streams: ${idleStreams} that are silent`);
  const opened = await openMany(url, idleStreams, { pieces: 1, pause: 60_000 });
  await setTimeout(3000);
  const held = opened.filter((stream) => stream.isOpen).length;
  closeStreams(opened);
  return held;
}

async function openMany(
  url: string,
  count: number,
  pace: { readonly pieces: number; readonly pause: number },
): Promise<readonly Stream[]> {
  const opened: Stream[] = [];
  while (opened.length < count) {
    const length = Math.min(openedAtOnce, count - opened.length);
    const some = Array.from({ length }, () =>
      openStream(url, { sessionId: randomUUID(), ...pace }),
    );
    opened.push(...(await Promise.all(some)));
  }
  return opened;
}

/** Waits until the runs whose readers have left have come to their ends. */
async function untilIdle(url: string): Promise<void> {
  await setTimeout(watched);
  const last = await openStream(url, { sessionId: randomUUID(), pieces: 1, pause: 0 });
  await last.ended;
}

function toFindings(
  first: readonly number[],
  many: Many,
  held: number,
  chunksLeft: number,
): Findings {
  const firstDelay = median(first);
  const delay = `delay of a chunk at ${streams} streams on one core, p99`;
  const delayGoal = atMost(5, delay, 50, many.p99, "ms");
  // Where the component itself is late, the delay behind it says little.
  const isInTime = many.rate >= wantedRate * leastShare;
  return {
    tables: [
      {
        title: `SQLite, the server on one core`,
        columns: ["", ""],
        rows: [
          ["first piece after the component's, idle server", `${round(firstDelay)} ms`],
          [
            `${streams} streams at ${1000 / pause} chunks a second: delay of a chunk, p50 and p99`,
            `${round(many.p50)} and ${round(many.p99)} ms`,
          ],
          [`chunks that came in a second, of ${round(wantedRate)}`, round(many.rate)],
          ["CPU of a chunk, with resumption", `${round(many.cpuOfChunk)} us`],
          ["memory of an open stream", `${round(many.memory)} KB`],
          ["silent streams held open", round(held)],
          ["chunks kept that belong to no live turn", round(chunksLeft)],
        ],
        note: "The client shares the machine with the server, and its own delay is in the figures.",
      },
    ],
    goals: [
      atMost(5, "first piece after the component's on an idle server", 2, firstDelay, "ms"),
      atMost(5, "CPU of a chunk, with resumption", 25, many.cpuOfChunk, "us"),
      {
        ...delayGoal,
        measured: `${delayGoal.measured} at ${round(many.rate)} chunks a second`,
        isMet: delayGoal.isMet && isInTime,
      },
      atMost(5, "memory of an open stream", 40, many.memory, "KB"),
      atLeast(5, "silent streams held open", idleStreams, held),
      atMost(6, "chunks left when their turns have ended", 0, chunksLeft),
    ],
    figures: { "first piece, ms": { delay: first } },
  };
}
