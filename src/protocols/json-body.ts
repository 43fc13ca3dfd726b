import { describe, TurnkeepError } from "../errors.ts";
import { isJSONObject, JSONProblem, type JSONValue, parseJSON } from "../json.ts";

/**
 * The JSON object in a request's body.
 * @throws TurnkeepError `unsupported_media_type` where the content type is not JSON in UTF-8;
 * `body_too_large` beyond `limit` bytes, as soon as they are exceeded; `invalid_request` where the
 * body is empty, not UTF-8, not JSON or not an object.
 */
export async function readJSONBody(
  request: Request,
  limit: number,
): Promise<{ readonly [key: string]: JSONValue }> {
  requireJSON(request.headers.get("content-type"));
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) {
    throw new TurnkeepError(
      "invalid_request",
      'The body is empty: send JSON such as {"message": "..."}.',
    );
  }
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
      `The body must be a JSON object such as {"message": "..."}, but it is ${describe(value)}.`,
    );
  }
  return value;
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
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
