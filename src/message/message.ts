import { randomUUID } from "node:crypto";
import { describe, TurnkeepError } from "../errors.ts";
import { isJSONObject, JSONProblem, type JSONValue, toJSONValue } from "../json.ts";
import { type MessagePart, readParts, toMessagePart } from "./message-part.ts";
import { mtypeOf } from "./mtype.ts";

/** What stands beside a message's content, such as `extra` and `token_usage`: any JSON, by name. */
export type MessageFields = { readonly [name: string]: unknown };

/** How a {@link Message} is made beyond its content. */
export interface MessageOptions {
  /** The message's id, a new UUID by default. */
  readonly id?: string | undefined;
  /** The message's name, `msg` by default. */
  readonly name?: string | undefined;
  /** Further fields, flattened into the message's JSON. */
  readonly fields?: MessageFields;
  /** What it has beside its text, such as files; kept as the field `parts`. */
  readonly parts?: readonly MessagePart[];
}

const ownNames: ReadonlySet<string> = new Set(["content", "name", "mtype", "id"]);
const noFields: MessageFields = Object.freeze({});
const marker: unique symbol = Symbol.for("turnkeep.message");

/**
 * One message of a conversation: immutable, and JSON through and through. Its content and fields
 * are deep copies of what was given, frozen.
 *
 * JSON, in this order: `content`, `name`, `mtype`, `id`, then the fields (the wire and table
 * format of AppBuilder).
 */
export class Message<out Content = unknown> {
  /** What the message says: a text, or any JSON. */
  readonly content: Content;
  readonly name: string;
  readonly id: string;
  readonly fields: MessageFields;

  static {
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  /**
   * @throws TurnkeepError `message_invalid` where content or fields are not JSON (see
   * {@link toJSONValue} for what is not), a field is named like one of the message's own parts, the
   * id or the name is not a text, or one of `parts` is none.
   */
  constructor(content: Content, options: MessageOptions = {}) {
    const { id = randomUUID(), name = "msg", fields = noFields, parts = [] } = options;
    requireText(id, "id");
    requireText(name, "name");
    this.content = toJSON(content, "content") as Content;
    this.name = name;
    this.id = id;
    this.fields = toMessageFields(
      parts.length === 0 ? fields : { ...fields, parts: parts.map(toMessagePart) },
    );
    Object.freeze(this);
  }

  /** Python's name for the type of the content: str, int, float, bool, list, dict or NoneType. */
  get mtype(): string {
    return mtypeOf(this.content);
  }

  /**
   * What the message has beside its text, in order: reasoning, calls of tools, sources, files, data.
   * They are the field `parts` of its JSON, of which what is no part is left out.
   */
  get parts(): readonly MessagePart[] {
    return readParts(this.fields["parts"]);
  }

  /**
   * The message in a row of the table, or from a peer. `name` and `id` get their defaults where
   * they are absent or not texts; `mtype` follows from the content, whatever was written.
   * @throws TurnkeepError `message_invalid` where the value is not an object with a `content`, or
   * not JSON.
   */
  static fromJSON(value: unknown): Message {
    if (!isJSONObject(value) || !("content" in value)) {
      throw new TurnkeepError(
        "message_invalid",
        `A message's JSON must be an object with the key "content", but it is ${describe(value)}.`,
      );
    }
    const { content, name, id } = value;
    return new Message<unknown>(content, {
      fields: fieldsOf(value),
      name: typeof name === "string" ? name : undefined,
      id: typeof id === "string" ? id : undefined,
    });
  }

  /** The message's JSON, for `JSON.stringify`: the keys in AppBuilder's order. */
  toJSON(): { readonly [key: string]: JSONValue } {
    return {
      content: this.content as JSONValue,
      name: this.name,
      mtype: this.mtype,
      id: this.id,
      ...(this.fields as { readonly [key: string]: JSONValue }),
    };
  }
}

/** Whether `value` is a {@link Message}, also one made by another copy of the package. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && marker in value;
}

/**
 * A deep, frozen copy of a message's fields.
 * @throws TurnkeepError `message_invalid` as the constructor of {@link Message} does.
 */
export function toMessageFields(fields: unknown): MessageFields {
  if (fields === noFields) return noFields;
  if (!isJSONObject(fields)) {
    throw new TurnkeepError(
      "message_invalid",
      `A message's fields must be an object { name: value }, but they are ${describe(fields)}.`,
    );
  }
  for (const field of Object.keys(fields)) {
    if (ownNames.has(field)) {
      throw new TurnkeepError(
        "message_invalid",
        `A message's field cannot be called ${describe(field)}: that is a part every message has. Choose another name.`,
      );
    }
  }
  return toJSON(fields, "fields") as MessageFields;
}

/** What a message's JSON has beside the message's own parts. */
function fieldsOf(json: { readonly [key: string]: unknown }): MessageFields {
  if (Object.keys(json).every((name) => ownNames.has(name))) return noFields;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !ownNames.has(name)));
}

function requireText(value: unknown, name: string): void {
  if (typeof value !== "string" || !value.isWellFormed()) {
    throw new TurnkeepError(
      "message_invalid",
      `A message's ${name} must be a text of whole characters, but it is ${describe(value)}.`,
    );
  }
}

function toJSON(value: unknown, path: string): JSONValue {
  try {
    return toJSONValue(value, path);
  } catch (error) {
    if (!(error instanceof JSONProblem)) throw error;
    throw new TurnkeepError("message_invalid", `A message must be JSON: ${error.message}.`, {
      cause: error,
    });
  }
}
