import assert from "node:assert/strict";
import { Message } from "../../message/message.ts";
import type { SessionRecord, SessionStore, TurnMessages } from "../../session/session-store.ts";

// What several groups of cases use.

/** A turn of one message for each key, in the order of the keys. */
export function turnOf(
  sessionId: string,
  contents: Readonly<Record<string, unknown>>,
  requestId = "request",
): TurnMessages {
  return {
    sessionId,
    requestId,
    messages: Object.entries(contents).map(([messageKey, content]) => ({
      messageKey,
      message: new Message(content),
    })),
  };
}

/** The contents under a key of a session, oldest first. */
export async function contentsOf(
  store: SessionStore,
  sessionId: string,
  messageKey: string,
  limit = 1_000_000,
): Promise<unknown[]> {
  const records = await store.getHistory({ sessionId, messageKey, limit });
  return records.map(({ message }) => message.content);
}

/** All records of a session under the given keys, in the order of their times. */
export async function recordsOf(
  store: SessionStore,
  sessionId: string,
  keys: readonly string[],
): Promise<readonly SessionRecord[]> {
  const histories = await Promise.all(
    keys.map((messageKey) => store.getHistory({ sessionId, messageKey, limit: 1_000_000 })),
  );
  return histories
    .flat()
    .toSorted((one, other) =>
      one.updatedAt < other.updatedAt ? -1 : one.updatedAt > other.updatedAt ? 1 : 0,
    );
}

/** Asserts that records have strictly increasing times and ids, in the order they are given. */
export function assertOrdered(records: readonly SessionRecord[]): void {
  for (const [index, { updatedAt, id }] of records.entries()) {
    const before = records[index - 1];
    if (before === undefined) continue;
    assert.ok(before.updatedAt < updatedAt, `${before.updatedAt} is followed by ${updatedAt}`);
    assert.ok(before.id < id, `the id ${before.id} is followed by ${id}`);
  }
}

/** A record in a form to be compared: its message as JSON text. */
export function comparable({ message, ...record }: SessionRecord): object {
  return { ...record, message: JSON.stringify(message) };
}

/** A clock that gives the time it was last set to. */
export class HandSetClock {
  time: string;

  constructor(time: string) {
    this.time = time;
  }

  readonly now = (): string => this.time;
}
