import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { historyLimit, messageKeys, text } from "../work.ts";

/** A turn as the floor stores it: its question before it runs, both messages after. */
export interface FloorTurn {
  readonly requestId: string;
  readonly sessionId: string;
  /** JSON. */
  readonly query: string;
  readonly answer: string;
}

/** What a turn needs of a database, in raw prepared statements, and nothing else. */
export interface Floor extends AsyncDisposable {
  /** Stores the row of a turn; fulfilled when it is durable. */
  begin(turn: FloorTurn): Promise<void>;
  /** The JSON of the newest messages under a key, newest first. */
  history(sessionId: string, messageKey: string, limit: number): Promise<readonly string[]>;
  /** Stores both messages and marks the turn as ended; fulfilled when that is durable. */
  end(turn: FloorTurn): Promise<void>;
}

/** One turn; the answer is its message's JSON. */
export async function floorTurn(
  floor: Floor,
  sessionId: string,
  question: string,
): Promise<string> {
  const turn: FloorTurn = {
    requestId: randomUUID(),
    sessionId,
    query: toMessage(question),
    answer: toMessage(text),
  };
  await floor.begin(turn);
  for (const messageKey of messageKeys) {
    const values = await floor.history(sessionId, messageKey, historyLimit);
    for (const value of values) JSON.parse(value);
  }
  await floor.end(turn);
  return turn.answer;
}

/** Gathers what comes at the same time into one transaction after another. */
export class GroupCommit<Write> {
  readonly #commit: (writes: readonly Write[]) => Promise<void> | void;
  #waiting: { readonly write: Write; readonly settle: PromiseWithResolvers<void> }[] = [];
  #isWorking = false;

  constructor(commit: (writes: readonly Write[]) => Promise<void> | void) {
    this.#commit = commit;
  }

  write(write: Write): Promise<void> {
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ write, settle });
    if (!this.#isWorking) void this.#work();
    return settle.promise;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      await setImmediate();
      const group = this.#waiting.splice(0, 64);
      try {
        await this.#commit(group.map(({ write }) => write));
        for (const { settle } of group) settle.resolve();
      } catch (error) {
        for (const { settle } of group) settle.reject(error);
      }
    }
    this.#isWorking = false;
  }
}

/** The present time as the tables have it. */
export function now(): string {
  return `${new Date().toISOString().replace("T", " ").slice(0, 23)}000`;
}

function toMessage(content: string): string {
  return JSON.stringify({ content, name: "msg", mtype: "str", id: randomUUID() });
}
