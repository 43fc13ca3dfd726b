import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { atLeast, round } from "../goals.ts";
import { median, perSecond, type Rounds } from "../measure/rounds.ts";
import type { Bench, Goal, Part } from "../part.ts";
import { peers as adk } from "../peers/adk.ts";
import { peers as langgraph } from "../peers/langgraph.ts";
import { peers as mastra } from "../peers/mastra.ts";
import { peers as openaiAgents } from "../peers/openai-agents.ts";
import type { OpenPeer, Peer } from "../peers/peer.ts";
import { subjects } from "../peers/turnkeep.ts";
import { peers as voltagent } from "../peers/voltagent.ts";

const peers: readonly Peer[] = [
  ...subjects,
  ...adk,
  ...mastra,
  ...langgraph,
  ...voltagent,
  ...openaiAgents,
];
const callerCounts = [1, 8];
/** How many turns a session gets before another is begun. */
const turnsOfSession = 20;
const goalsAt = 8;

const part: Part = {
  title: "Others, below HTTP",
  async run(bench) {
    await using opened = new AsyncDisposableStack();
    const errors = new Map<Peer, string>();
    const open = new Map<Peer, OpenPeer>();
    for (const peer of peers) {
      bench.say(`opening ${peer.title}`);
      try {
        const found = bench.databases.find(({ name }) => name === (peer.database ?? "sqlite"));
        if (found === undefined) continue;
        const database = opened.use(await found.createDatabase());
        open.set(peer, opened.use(await peer.open(database)));
        await converse(open.get(peer), 1, 1);
      } catch (error) {
        errors.set(peer, firstLine(error));
        open.delete(peer);
      }
    }
    const measured = new Map<Peer, Map<number, number>>();
    const figures: Record<string, Rounds> = {};
    for (const callers of callerCounts) {
      bench.say(`others at ${callers} callers`);
      const rounds: Record<string, number[]> = {};
      for (let count = 0; count < bench.rounds; count += 1) {
        for (const [peer, each] of open) {
          try {
            const rate = await converse(each, callers, bench.seconds);
            (rounds[peer.title] ??= []).push(rate);
          } catch (error) {
            errors.set(peer, firstLine(error));
            open.delete(peer);
          }
        }
      }
      figures[`others, ${callers} callers, turns/s`] = rounds;
      for (const [peer] of open) {
        const rates = measured.get(peer) ?? new Map<number, number>();
        measured.set(peer, rates.set(callers, median(rounds[peer.title] ?? [])));
      }
    }
    return { tables: [toTable(measured, errors)], goals: toGoals(bench, measured), figures };
  },
};

export default part;

type Measured = ReadonlyMap<Peer, ReadonlyMap<number, number>>;

function toTable(measured: Measured, errors: ReadonlyMap<Peer, string>) {
  const shown = peers.filter((peer) => measured.has(peer) || errors.has(peer));
  return {
    title: `Turns a second, sessions of ${turnsOfSession} turns`,
    columns: [
      "",
      "version",
      "on disk when acknowledged",
      ...callerCounts.map((count) => (count === 1 ? "1 caller" : `${count} callers`)),
      "",
    ],
    rows: shown.map((peer) => {
      const rates = callerCounts.map((count) => {
        const rate = measured.get(peer)?.get(count);
        return rate === undefined ? "" : round(rate);
      });
      const error = errors.get(peer);
      const note = error === undefined ? (peer.note ?? "") : `cannot be run: ${error}`;
      return [peer.title, versionOf(peer), peer.isDurable ? "yes" : "no"].concat(rates, note);
    }),
    note: `Each reads its newest twenty messages and stores a question and an answer, with the means it has for that. None but turnkeep has a turn that is stored whole, runs one at a time and is not stored twice.`,
  };
}

function toGoals(bench: Bench, measured: Measured): readonly Goal[] {
  const rateOf = (title: string): number => {
    const peer = peers.find((each) => each.title === title);
    return (peer && measured.get(peer)?.get(goalsAt)) ?? Number.NaN;
  };
  const goals: Goal[] = [];
  for (const { name, title } of bench.databases) {
    const own = rateOf(`turnkeep, ${title}`);
    if (Number.isNaN(own)) continue;
    const times = `times at ${goalsAt} callers: turnkeep on ${title} and`;
    const ofAdk = rateOf(`ADK-JS DatabaseSessionService, ${title}`);
    goals.push(atLeast(3, `${times} ADK-JS`, 20, own / ofAdk));
    const durable = peers
      .filter((peer) => peer.database === name && peer.isDurable && !subjects.includes(peer))
      .map((peer) => measured.get(peer)?.get(goalsAt) ?? 0);
    goals.push(
      atLeast(3, `${times} the fastest other that is as durable`, 5, own / Math.max(...durable)),
    );
  }
  return goals;
}

/** Turns a second of callers who each go through one session after another. */
async function converse(
  peer: OpenPeer | undefined,
  callers: number,
  seconds: number,
): Promise<number> {
  const sessions = new Map<number, { readonly id: string; turns: number }>();
  return perSecond(callers, seconds, async (caller) => {
    let session = sessions.get(caller);
    if (session === undefined || session.turns >= turnsOfSession) {
      session = { id: randomUUID(), turns: 0 };
      sessions.set(caller, session);
      await peer?.begin(session.id);
    }
    session.turns += 1;
    await peer?.turn(session.id);
  });
}

function versionOf({ package: name }: Peer): string {
  if (name === "") return "";
  try {
    const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
  } catch {
    return "not installed";
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = (error as Error).message.split("\n");
  return line.slice(0, 300);
}
