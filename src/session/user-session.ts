import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, TurnkeepError } from "../errors.ts";
import type { MessageStream } from "../message/message-stream.ts";
import { Message } from "../message/message.ts";
import { outsideRun } from "../run/local.ts";
import { currentRun, type RunScope } from "../run/scope.ts";
import { maxMessageKeyLength } from "./session-store.ts";
import { textProblem } from "./text-limits.ts";

/** The schemas of a typed session: for each message key any Standard Schema (zod, valibot, ...). */
export type SessionKeys = { readonly [messageKey: string]: StandardSchemaV1 };

/** How a {@link UserSession} is made. */
export interface UserSessionOptions<Keys extends SessionKeys> {
  /**
   * The keys of the session and the schema of each one's content. `append` then refuses other
   * keys and content that does not fit; `getHistory` gives each content as its schema gives it.
   * Without it, any key takes any JSON.
   */
  readonly keys?: Keys;
}

/** How {@link UserSession.getHistory} reads. */
export interface HistoryOptions {
  /** How many messages at the most: a whole number from 0, 10 by default. */
  readonly limit?: number;
}

/** The keys a session takes. */
export type SessionKey<Keys extends SessionKeys> = keyof Keys & string;

/** The type of the messages that a session gives back under a key. */
export type SessionContent<
  Keys extends SessionKeys,
  Key extends SessionKey<Keys>,
> = string extends keyof Keys ? unknown : StandardSchemaV1.InferOutput<Keys[Key]>;

/** The messages a session takes: for each key a message, or a stream where the content is text. */
export type SessionMessages<Keys extends SessionKeys> = {
  readonly [Key in SessionKey<Keys>]?: string extends keyof Keys
    ? Message | MessageStream
    : | Message<StandardSchemaV1.InferInput<Keys[Key]>>
      | (string extends StandardSchemaV1.InferInput<Keys[Key]> ? MessageStream : never);
};

/**
 * The session of the run that the calling code belongs to. Made anywhere, also before the run:
 * each call finds its run anew. On its own, without a runtime, there is one session in memory for
 * the process (or the one that `withSession` sets).
 *
 * Every method throws TurnkeepError `run_missing` outside of a run while a runtime is open.
 */
export class UserSession<const Keys extends SessionKeys = SessionKeys> {
  readonly #keys: Keys | undefined;

  constructor({ keys }: UserSessionOptions<Keys> = {}) {
    for (const messageKey of Object.keys(keys ?? {})) requireKey(messageKey);
    this.#keys = keys;
  }

  /** The id of the session. */
  get sessionId(): string {
    return scope().sessionId;
  }

  /** The id of the run. */
  get requestId(): string {
    return scope().requestId;
  }

  /** Whose session it is, where the request says so. */
  get userId(): string | undefined {
    return scope().userId;
  }

  /**
   * The newest `limit` messages under a key of the turns before this one, oldest first, each as it
   * was appended. In a typed session each content is what the key's schema makes of it, and a
   * stored message that the schema refuses is left out, with a warning in the log.
   * @throws TurnkeepError `invalid_argument` for a limit that is not a whole number from 0, and for
   * a key that is empty, too long, or not among the session's keys.
   */
  async getHistory<Key extends SessionKey<Keys>>(
    messageKey: Key,
    { limit = 10 }: HistoryOptions = {},
  ): Promise<Message<SessionContent<Keys, Key>>[]> {
    const { store, sessionId, warn } = scope();
    const schema = this.#schema(messageKey);
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw new TurnkeepError(
        "invalid_argument",
        `The limit of getHistory must be a whole number from 0, but it is ${describe(limit)}.`,
      );
    }
    if (limit === 0) return [];
    const records = await store.getHistory({ sessionId, messageKey, limit });
    const messages: Message<SessionContent<Keys, Key>>[] = [];
    for (const { id, message } of records) {
      const fitting = schema === undefined ? message : await upcast(schema, message);
      if (fitting === undefined) {
        warn(
          { recordId: id, messageKey },
          "a stored message does not fit its key's schema and is left out of the history",
        );
      } else {
        messages.push(fitting);
      }
    }
    return messages;
  }

  /**
   * Adds messages to this turn, all or none; the turn is stored, whole, when the run ends well. A
   * stream is stored when it has ended: this does not wait for it. A forgotten `await` loses
   * nothing, and an error that nobody waited for fails the run.
   * @throws TurnkeepError `message_key_taken` for a key that this turn has already;
   * `invalid_argument` for what is not a message or a stream, and for a key that is empty, longer
   * than 128 characters, or not among the session's keys; `message_invalid` for content that the
   * key's schema refuses; `run_ended` after the run.
   */
  append(messages: SessionMessages<Keys>): Promise<void> {
    const { turn } = scope();
    return this.#keys === undefined
      ? turn.append(messages as { readonly [key: string]: Message })
      : turn.append(messages as { readonly [key: string]: Message }, (messageKey, message) =>
          this.#check(messageKey, message),
        );
  }

  async #check(messageKey: string, message: Message): Promise<void> {
    const result = await this.#schema(messageKey)?.["~standard"].validate(message.content);
    if (result?.issues === undefined) return;
    const issues = result.issues.map(({ message: problem, path = [] }) => {
      const place = path
        .map((part) => String(typeof part === "object" ? part.key : part))
        .join(".");
      return place === "" ? problem : `${place}: ${problem}`;
    });
    throw new TurnkeepError(
      "message_invalid",
      `The message under the key ${describe(messageKey)} does not fit its schema: ${issues.join("; ")}.`,
    );
  }

  #schema(messageKey: string): StandardSchemaV1 | undefined {
    requireKey(messageKey);
    if (this.#keys === undefined) return undefined;
    const schema = Object.hasOwn(this.#keys, messageKey) ? this.#keys[messageKey] : undefined;
    if (schema === undefined) {
      throw new TurnkeepError(
        "invalid_argument",
        `The key ${describe(messageKey)} is not among this session's keys: ${Object.keys(this.#keys).join(", ")}.`,
      );
    }
    return schema;
  }
}

function scope(): RunScope {
  return currentRun() ?? outsideRun();
}

function requireKey(messageKey: unknown): void {
  const problem =
    typeof messageKey === "string"
      ? textProblem(messageKey, maxMessageKeyLength)
      : "is not a string";
  if (problem !== undefined) {
    throw new TurnkeepError(
      "invalid_argument",
      `The message key ${describe(messageKey)} ${problem}.`,
    );
  }
}

async function upcast(schema: StandardSchemaV1, message: Message): Promise<Message | undefined> {
  const result = await schema["~standard"].validate(message.content);
  if (result.issues !== undefined) return undefined;
  if (result.value === message.content) return message;
  const { id, name, fields } = message;
  return new Message(result.value, { id, name, fields });
}
