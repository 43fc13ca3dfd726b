import type { z } from "zod";
import { describe, isTurnkeepError, TurnkeepError } from "../errors.ts";
import { isJSONObject, JSONProblem, type JSONValue, parseJSON } from "../json.ts";

/** How a body is read. */
export interface JSONBodyOptions {
  /** What an error shows as a body that would do. */
  readonly example?: string;
  /** Whether an empty body, of whatever type, is read as an object without keys; false by default. */
  readonly optional?: boolean;
}

/**
 * The JSON object in a request's body.
 * @throws TurnkeepError `unsupported_media_type` where the content type is not JSON in UTF-8;
 * `body_too_large` beyond `limit` bytes, as soon as they are exceeded; `invalid_request` where the
 * body is empty, breaks off, is not UTF-8, not JSON or not an object.
 */
export async function readJSONBody(
  request: Request,
  limit: number,
  { example = '{"message": "..."}', optional = false }: JSONBodyOptions = {},
): Promise<{ readonly [key: string]: JSONValue }> {
  if (!optional) requireJSON(request.headers.get("content-type"));
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) {
    if (optional) return {};
    throw new TurnkeepError("invalid_request", `The body is empty: send JSON such as ${example}.`);
  }
  if (optional) requireJSON(request.headers.get("content-type"));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TurnkeepError("invalid_request", "The body is not UTF-8: encode its text as UTF-8.", {
      cause: error,
    });
  }
  let value: JSONValue;
  try {
    value = parseJSON(text, "the body");
  } catch (error) {
    if (!(error instanceof JSONProblem)) throw error;
    throw new TurnkeepError("invalid_request", `Bad body: ${error.message}.`, { cause: error });
  }
  if (!isJSONObject(value)) {
    throw new TurnkeepError(
      "invalid_request",
      `The body must be a JSON object such as ${example}, but it is ${describe(value)}.`,
    );
  }
  return value;
}

/**
 * A body as its schema has it.
 * @throws TurnkeepError `invalid_request` with what the schema says of every part that is wrong.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: { readonly [key: string]: JSONValue },
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => issue.message);
  throw new TurnkeepError("invalid_request", problems.join(" "));
}

function requireJSON(contentType: string | null): void {
  const [type = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (type.trim() !== "application/json" || ![undefined, "utf-8", "utf8"].includes(charset)) {
    throw new TurnkeepError(
      "unsupported_media_type",
      `The content type must be application/json in UTF-8, but it is ${contentType === null ? "absent" : describe(contentType)}.`,
    );
  }
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = (): TurnkeepError =>
    new TurnkeepError(
      "body_too_large",
      `The body is larger than ${limit} bytes, the most that this service takes.`,
    );
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) throw tooLarge();
  try {
    // Whoever serves HTTP sees to it that a body has the length that it was announced with. It is
    // read at once then: a stream of it costs many times as much.
    const bytes =
      declared === null
        ? await readStream(request, limit, tooLarge)
        : new Uint8Array(await request.arrayBuffer());
    if (bytes.length > limit) throw tooLarge();
    return bytes;
  } catch (error) {
    if (isTurnkeepError(error)) throw error;
    throw new TurnkeepError("invalid_request", "The body breaks off: send it whole.", {
      cause: error,
    });
  }
}

async function readStream(
  { body }: Request,
  limit: number,
  tooLarge: () => TurnkeepError,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
