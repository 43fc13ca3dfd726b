import { type Signal, signal } from "@preact/signals";
import { newId } from "../route/new-id.ts";
import type { UIMessage } from "../wire/ui-message.ts";
import type { Attempt } from "./outbox.ts";

/** A request that the server refused, and why. */
export interface Unsent {
  readonly attempt: Attempt;
  readonly reason: string;
}

/** A message's place in the conversation: it stays while the message is said. */
export interface Entry {
  readonly key: string;
  readonly role: UIMessage["role"];
  readonly message: Signal<UIMessage>;
  /** At an answer: that its question has not reached the server. */
  readonly unsent: Signal<Unsent | undefined>;
}

export function toEntry(message: UIMessage): Entry {
  return {
    key: newId(),
    role: message.role,
    message: signal(message),
    unsent: signal<Unsent | undefined>(undefined),
  };
}

/** The place of an answer of which nothing is known yet. */
export function emptyAnswer(): Entry {
  return toEntry({ id: "", role: "assistant", parts: [], metadata: { state: "running" } });
}

/** The entries of messages: those that were there for the same messages or places go on. */
export function toEntries(
  messages: readonly UIMessage[],
  before: readonly Entry[],
): readonly Entry[] {
  const known = new Map(before.map((entry) => [entry.message.peek().id, entry]));
  const ids = new Set(messages.map(({ id }) => id));
  return messages.map((message, index) => {
    const same = known.get(message.id);
    const there = before[index];
    const isFree =
      there !== undefined && there.role === message.role && !ids.has(there.message.peek().id);
    const entry = same ?? (isFree ? there : undefined);
    if (entry === undefined) return toEntry(message);
    entry.message.value = message;
    entry.unsent.value = undefined;
    return entry;
  });
}
