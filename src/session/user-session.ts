import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, TurnkeepError } from "../errors.ts";
import type { MessageStream } from "../message/message-stream.ts";
import { Message } from "../message/message.ts";
import { ownSession, runMissing } from "../run/local.ts";
import { currentRun } from "../run/scope.ts";
import type { Appended, MessageCheck } from "../run/turn.ts";
import { maxMessageKeyLength } from "./session-store.ts";
import { textProblem } from "./text-limits.ts";

/** The schemas of a typed session: for each message key any Standard Schema (zod, valibot, ...). */
export type SessionKeys = { readonly [messageKey: string]: StandardSchemaV1 };

/** How a {@link UserSession} is made. */
export interface UserSessionOptions<Keys extends SessionKeys> {
  /**
   * The keys of the session and the schema of each one's content. `append` then refuses other
   * keys, content that does not fit, and content of which the schema makes what is not JSON (such
   * as a Date); what is stored is the content as it was appended. `getHistory` gives each content as
   * its schema gives it. Without `keys`, any key takes any JSON.
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
export type SessionMessages<Keys extends SessionKeys> = string extends keyof Keys
  ? { readonly [messageKey: string]: Message | MessageStream }
  : {
      readonly [Key in SessionKey<Keys>]?:
        | Message<StandardSchemaV1.InferInput<Keys[Key]>>
        | (string extends StandardSchemaV1.InferInput<Keys[Key]> ? MessageStream : never);
    };

/**
 * The session of the run that the calling code belongs to. Made anywhere, also before the run:
 * each call finds its run anew. Outside of any run, in a script, the history of the process's own
 * session, in memory, can be read, and nothing appended.
 *
 * Every method throws TurnkeepError `run_missing` outside of a run while a runtime is open.
 */
export class UserSession<const Keys extends SessionKeys = SessionKeys> {
  readonly #keys: Keys | undefined;

  /**
   * @throws TurnkeepError `invalid_argument` for a key that is empty, longer than 128 characters or
   * holds control characters, and for what is not a Standard Schema.
   */
  constructor({ keys }: UserSessionOptions<Keys> = {}) {
    for (const [messageKey, schema] of Object.entries(keys ?? {})) {
      requireKey(messageKey);
      requireSchema(messageKey, schema);
    }
    this.#keys = keys;
  }

  /** The id of the session. */
  get sessionId(): string {
    return (currentRun() ?? ownSession()).sessionId;
  }

  /**
   * The id of the run.
   * @throws TurnkeepError `run_missing` outside of a run.
   */
  get requestId(): string {
    const run = currentRun();
    if (run === undefined) throw runMissing();
    return run.requestId;
  }

  /** Whose session it is, where the request says so. */
  get userId(): string | undefined {
    return (currentRun() ?? ownSession()).userId;
  }

  /**
   * The newest `limit` messages under a key of the turns before this one, oldest first, each as it
   * was appended. A turn that is made again in another version reads what came before the first. In a typed session each content is what the key's schema makes of it, and a
   * stored message that the schema refuses, or makes no JSON of, is left out, with a warning in
   * the log.
   * @throws TurnkeepError `invalid_argument` for a limit that is not a whole number from 0, and for
   * a key that is empty, too long, or not among the session's keys.
   */
  async getHistory<Key extends SessionKey<Keys>>(
    messageKey: Key,
    { limit = 10 }: HistoryOptions = {},
  ): Promise<Message<SessionContent<Keys, Key>>[]> {
    const run = currentRun();
    const { store, sessionId, warn } = run ?? ownSession();
    const requestId = run?.isAside === true ? run.requestId : undefined;
    const schema = this.#schema(messageKey);
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw new TurnkeepError(
        "invalid_argument",
        `The limit of getHistory must be a whole number from 0, but it is ${describe(limit)}.`,
      );
    }
    if (limit === 0) return [];
    const records = await store.getHistory({ sessionId, messageKey, limit, requestId });
    const messages: Message<SessionContent<Keys, Key>>[] = [];
    for (const { id, message } of records) {
      try {
        messages.push(schema === undefined ? message : await fit(schema, messageKey, message));
      } catch (error) {
        const reason = error instanceof Error ? error.message : describe(error);
        warn(
          { recordId: id, messageKey, reason },
          "a stored message does not fit its key's schema and is left out of the history",
        );
      }
    }
    return messages;
  }

  /**
   * Adds messages to this turn, all or none; the turn is stored, whole, when the run ends well. A
   * stream is stored when it has ended: this does not wait for it, but has it read as fast as it
   * comes, and a stream that fails, or whose whole does not fit its key's schema, fails the run. A
   * forgotten `await` loses nothing, and an error that nobody waited for fails the run; after the
   * run it is a warning in the log.
   * @throws TurnkeepError `message_key_taken` for a key that this turn has already;
   * `invalid_argument` for what is not a message or a stream, and for a key that is empty, longer
   * than 128 characters, holds control characters or is not among the session's keys;
   * `message_invalid` for content that the key's schema refuses or makes no JSON of; `run_missing`
   * outside of a run; `run_ended` after it.
   */
  append(messages: SessionMessages<Keys>): Promise<void> {
    const run = currentRun();
    if (run === undefined) return Promise.reject(runMissing());
    const { turn, requestId, warn } = run;
    if (turn.ended) {
      warn(
        { requestId, messageKeys: Object.keys(messages ?? {}) },
        "messages were appended after the end of their run and are not stored",
      );
    }
    const check: MessageCheck = (messageKey) => {
      const schema = this.#schema(messageKey);
      return async (message) => {
        if (schema !== undefined) await fit(schema, messageKey, message);
      };
    };
    return turn.append(messages as Appended, this.#keys === undefined ? undefined : check);
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

function requireSchema(messageKey: string, schema: unknown): void {
  const isObject = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  if (!isObject || !("~standard" in schema)) {
    throw new TurnkeepError(
      "invalid_argument",
      `The key ${describe(messageKey)} needs a Standard Schema, such as z.string(), but has ${describe(schema)}.`,
    );
  }
}

/** The message with the content that the schema makes of it; throws where it makes none. */
async function fit<Content>(
  schema: StandardSchemaV1,
  messageKey: string,
  message: Message,
): Promise<Message<Content>> {
  const result = await schema["~standard"].validate(message.content);
  if (result.issues !== undefined) throw misfit(messageKey, toText(result.issues));
  const { id, name, fields } = message;
  try {
    return new Message(result.value as Content, { id, name, fields });
  } catch (error) {
    const reason = `${(error as Error).message} That is what the schema makes of it: let it give JSON, and convert after reading.`;
    throw misfit(messageKey, reason, error);
  }
}

function misfit(messageKey: string, reason: string, cause?: unknown): TurnkeepError {
  return new TurnkeepError(
    "message_invalid",
    `The message under the key ${describe(messageKey)} does not fit its schema: ${reason}`,
    { cause },
  );
}

function toText(issues: readonly StandardSchemaV1.Issue[]): string {
  const shown = issues.slice(0, 5).map(({ message, path = [] }) => {
    const place = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
  const more = issues.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
}
