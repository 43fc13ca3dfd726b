import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { readEvents, type StreamedText } from "./read-events.ts";

/** A turn that a client asked for. */
export interface AskedTurn {
  readonly sessionId: string;
  readonly requestId: string;
  readonly question: string;
  /** The answer, where its end was told. */
  acknowledged: string | undefined;
  /** When it was acknowledged, as `performance.now()` has it. */
  acknowledgedAt: number;
  /** Whether the server had begun to answer. */
  begun: boolean;
}

/** Clients that ask for turns, one after the other each, until they are stopped or disposed of. */
export class Load implements AsyncDisposable {
  readonly turns: AskedTurn[] = [];
  #stopped = false;
  readonly #clients: Promise<void>[];

  /** @param url the server to ask at this moment, by the client's number. */
  constructor(sessions: number, url: (client: number) => string | undefined) {
    this.#clients = Array.from({ length: sessions }, (_, client) => this.#ask(client, url));
  }

  get acknowledged(): readonly AskedTurn[] {
    return this.turns.filter((turn) => turn.acknowledged !== undefined);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #ask(client: number, url: (client: number) => string | undefined): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const at = url(client);
      if (at === undefined) {
        await sleep(5);
        continue;
      }
      const turn: AskedTurn = {
        sessionId: `session-${client}`,
        requestId: randomUUID(),
        question: `${client}.${number}`,
        acknowledged: undefined,
        acknowledgedAt: 0,
        begun: false,
      };
      this.turns.push(turn);
      try {
        await askOne(at, turn);
      } catch {
        await sleep(5);
      }
    }
  }
}

/** Asks for a turn in each session, which comes after all others that were asked for. */
export async function askLast(url: string, sessions: number): Promise<void> {
  for (let client = 0; client < sessions; client += 1) {
    // On a busy machine a claim of less than a second may lapse: then the server says 503.
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${url}/chat`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message: "last", session_id: `session-${client}` }),
      });
      if (response.status === 200) break;
      const text = await response.text();
      if (response.status !== 503 || attempt === 5) throw new Error(text);
      await sleep(1000);
    }
  }
}

async function askOne(url: string, turn: AskedTurn): Promise<void> {
  const response = await fetch(`${url}/chat`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Appbuilder-Request-Id": turn.requestId,
    },
    body: JSON.stringify({ message: turn.question, session_id: turn.sessionId, stream: true }),
  });
  turn.begun = response.status === 200;
  const seen: StreamedText = { text: "", lastEventId: undefined, complete: false };
  await readEvents(response, seen);
  if (!seen.complete) return;
  turn.acknowledged = seen.text;
  turn.acknowledgedAt = performance.now();
}
