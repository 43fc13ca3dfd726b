import { laterOf } from "./message-rows.ts";
import { RecentMap } from "./recent-map.ts";
import type { Appending, MessageStatements } from "./statements/message-statements.ts";
import { type KeySteps, usualKeys } from "./statements/message-keys.ts";
import type { CompiledQuery } from "kysely";

/** The message keys of a session in their order, and the time of its newest row, or null. */
export interface SessionKeys {
  readonly keys: readonly string[];
  readonly newest: string | null;
}

/** Executes a query: within a transaction, or as a reader. */
export type Read = <Row>(query: CompiledQuery<Row>) => Promise<readonly Row[]>;

const maxSessions = 10_000;

/**
 * Guesses which message keys a session has, by those that it had before. Whether it has others is
 * asked each time, since other processes write to it.
 */
export class KnownKeys {
  /** Of sessions that have other keys than the usual ones. */
  readonly #keys = new RecentMap<string, readonly string[]>(maxSessions);

  /**
   * The keys that a session may have.
   * @param sessionId undefined where it is not known.
   * @param added keys that it is about to have.
   */
  guess(sessionId: string | undefined, added: readonly string[] = []): readonly string[] {
    const known = (sessionId === undefined ? undefined : this.#keys.get(sessionId)) ?? usualKeys;
    const isKnown = added.every((key) => known.includes(key));
    if (isKnown) return known;
    const keys = [...new Set([...known, ...added])];
    if (sessionId !== undefined) this.#keys.set(sessionId, keys);
    return keys;
  }

  /** The keys that a session has, what it must be known of it to append to it. */
  async find(
    read: Read,
    messages: MessageStatements,
    sessionId: string,
  ): Promise<SessionKeys & Omit<Appending, "newest">> {
    const guess = this.guess(sessionId);
    const [row] = await read(messages.appending(guess, { sessionId }));
    const found = row && followSteps(row, guess);
    if (found !== undefined) {
      return { ...found, last_time: row?.last_time ?? null, deleted: row?.deleted ?? null };
    }
    const [[standing], rows] = await Promise.all([
      read(messages.newestTime({ sessionId })),
      read(messages.keys({ sessionId })),
    ]);
    const keys = rows.map((each) => each.message_key);
    this.#keys.set(sessionId, keys);
    const { newest = null, last_time = null, deleted = null } = standing ?? {};
    return { keys, newest, last_time, deleted };
  }
}

/**
 * Goes from key to key of a session.
 * @returns undefined where it has others than those that were guessed.
 */
export function followSteps(steps: KeySteps, guess: readonly string[]): SessionKeys | undefined {
  const keys: string[] = [];
  let newest: string | null = null;
  for (let key = steps.first_key; key !== null;) {
    const place = guess.indexOf(key);
    const next = steps[`next_${place}`];
    const time = steps[`newest_${place}`];
    if (next === undefined || time === undefined || keys.includes(key)) return undefined;
    keys.push(key);
    if (time !== null) newest = laterOf(time, newest);
    key = next;
  }
  return { keys, newest };
}
