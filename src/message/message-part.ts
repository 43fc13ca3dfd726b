import { z } from "zod";
import { describe, TurnkeepError } from "../errors.ts";
import { JSONProblem, type JSONValue, toJSONValue } from "../json.ts";

/** What a model thinks before or while it answers. Pieces that follow one another are one part. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly at?: number;
}

/**
 * A call of a tool. It is told anew, under the same id, when more of it is known: what it was given,
 * then what it gave back or why it failed.
 */
export interface ToolPart {
  readonly type: "tool";
  /** Names the call within the message. */
  readonly id: string;
  /** What the tool is called; to be told with the first piece. */
  readonly name?: string;
  readonly input?: JSONValue;
  readonly output?: JSONValue;
  /** Why it failed. */
  readonly error?: string;
  readonly at?: number;
}

/** Where the answer has something from: a page by its `url`, or a document by its `mediaType`. */
export interface SourcePart {
  readonly type: "source";
  readonly url?: string;
  readonly title?: string;
  readonly mediaType?: string;
  readonly filename?: string;
  readonly at?: number;
}

/** A file, in a question or an answer. */
export interface FilePart {
  readonly type: "file";
  readonly mediaType: string;
  /** Where it is, or the file itself as a `data:` URL. */
  readonly url: string;
  readonly filename?: string;
  readonly at?: number;
}

/** Data of the program's own; with an id it takes the place of what was told under the same. */
export interface DataPart {
  readonly type: "data";
  /** What the data is, such as `chart`. */
  readonly name: string;
  readonly id?: string;
  readonly data: JSONValue;
  readonly at?: number;
}

/**
 * Something that a message has beside its text. `at` says how much of the text stands before it, in
 * UTF-16 units, and is absent where none does; in a stream a part stands where it is told.
 */
export type MessagePart = ReasoningPart | ToolPart | SourcePart | FilePart | DataPart;

const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const id = z.string().min(1).max(255);
const json = z.custom<JSONValue>((value) => value !== undefined);
const at = z.int().min(0).optional();

const forms = {
  reasoning: z.strictObject({ type: z.literal("reasoning"), text: z.string(), at }),
  tool: z.strictObject({
    type: z.literal("tool"),
    id,
    name: name.optional(),
    input: json.optional(),
    output: json.optional(),
    error: z.string().optional(),
    at,
  }),
  source: z
    .strictObject({
      type: z.literal("source"),
      url: z.string().min(1).optional(),
      title: z.string().optional(),
      mediaType: z.string().min(1).optional(),
      filename: z.string().optional(),
      at,
    })
    .refine(({ url, mediaType }) => (url === undefined) !== (mediaType === undefined)),
  file: z.strictObject({
    type: z.literal("file"),
    mediaType: z.string().min(1),
    url: z.string().min(1),
    filename: z.string().optional(),
    at,
  }),
  data: z.strictObject({
    type: z.literal("data"),
    name,
    id: id.optional(),
    data: json,
    at,
  }),
} as const;

const shapes: Readonly<Record<keyof typeof forms, string>> = {
  reasoning: "{ text }",
  tool: "{ id, name, input?, output?, error? }, its name of 1 to 64 letters, digits, _ and -",
  source: "{ url, title? } or { mediaType, title?, filename? }",
  file: "{ mediaType, url, filename? }",
  data: "{ name, data, id? }, its name of 1 to 64 letters, digits, _ and -",
};

/**
 * A deep, frozen copy of a part.
 * @throws TurnkeepError `message_invalid` where it is none, saying what such a part has.
 */
export function toMessagePart(value: unknown): MessagePart {
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : "";
  if (typeof type !== "string" || !isPartType(type)) {
    throw new TurnkeepError(
      "message_invalid",
      `A message's part has the type ${Object.keys(forms).join(", ")}, but one has ${describe(type)}.`,
    );
  }
  if (!forms[type].safeParse(value).success) {
    throw new TurnkeepError(
      "message_invalid",
      `A part of the type ${type} is ${shapes[type]}, but one is ${shownPart(value)}.`,
    );
  }
  try {
    // What is told in pieces may be cut within a character.
    const { text, ...rest } = value as ReasoningPart;
    const copy = toJSONValue(rest, "part") as unknown as MessagePart;
    return type === "reasoning" ? Object.freeze({ ...copy, type, text }) : copy;
  } catch (error) {
    if (!(error instanceof JSONProblem)) throw error;
    throw new TurnkeepError("message_invalid", `A message's part must be JSON: ${error.message}.`, {
      cause: error,
    });
  }
}

/** The parts in a message's JSON: those that are not as parts are, are left out. */
export function readParts(value: unknown): readonly MessagePart[] {
  if (!Array.isArray(value)) return [];
  return value.filter((part: unknown): part is MessagePart => {
    if (typeof part !== "object" || part === null || !("type" in part)) return false;
    return isPartType(part.type) && forms[part.type].safeParse(part).success;
  });
}

function isPartType(type: unknown): type is keyof typeof forms {
  return typeof type === "string" && Object.hasOwn(forms, type);
}

function shownPart(value: unknown): string {
  const keys = Object.keys(value as object);
  return `{ ${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ", ..." : ""} }`;
}
