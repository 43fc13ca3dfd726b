import { APICallError } from "@ai-sdk/provider";
import { TurnkeepError } from "../../errors.ts";

/** The answer that an error may be in. */
export interface GatewayAnswer {
  /** The parsed body, or undefined where it is not JSON. */
  readonly body: unknown;
  readonly status: number;
  readonly headers: Record<string, string> | undefined;
  readonly url: string;
  /** The id that the request was sent with. */
  readonly requestId: string;
}

const rejections: ReadonlySet<string> = new Set(["401", "403", "110", "111"]);

/**
 * The error that a body tells of: a `code` other than 0 with a `message`, or, in the list of
 * models, `error_code` and `error_msg`. Undefined where it tells of none.
 */
export function errorInBody(answer: GatewayAnswer): Error | undefined {
  const { body } = answer;
  if (typeof body !== "object" || body === null) return undefined;
  const { code, message, error_code, error_msg } = body as Record<string, unknown>;
  if (isCode(code) && message !== undefined) return makeError(answer, code, message);
  if (isCode(error_code) && error_msg !== undefined) {
    return makeError(answer, error_code, error_msg);
  }
  return undefined;
}

/** The error of an answer whose status says that it is one. */
export function errorOfStatus(answer: GatewayAnswer): Error {
  return (
    errorInBody(answer) ??
    makeError(answer, undefined, `the gateway answered with status ${answer.status}.`)
  );
}

function makeError(
  { body, status, headers, url, requestId: sentId }: GatewayAnswer,
  code: string | number | undefined,
  message: unknown,
): Error {
  const told = (body as { readonly requestId?: unknown } | undefined)?.requestId;
  const requestId =
    typeof told === "string" && told !== ""
      ? told
      : (headers?.["x-appbuilder-request-id"] ?? sentId);
  if (code !== undefined && rejections.has(String(code))) {
    return new TurnkeepError(
      "model_credential_rejected",
      `AppBuilder's gateway rejected the token (code ${code}). Check that it is right, still valid, and allowed to use this model.`,
      { details: { providerCode: code, providerRequestId: requestId, providerStatus: status } },
    );
  }
  const number = code === undefined || status >= 400 ? status : Number(code);
  return new APICallError({
    message: typeof message === "string" ? message : JSON.stringify(message),
    url,
    requestBodyValues: undefined,
    statusCode: status,
    ...(headers === undefined ? {} : { responseHeaders: headers }),
    isRetryable: number === 429 || (number >= 500 && number <= 599),
    data: { code, requestId },
  });
}

function isCode(code: unknown): code is string | number {
  return (typeof code === "number" && code !== 0) || (typeof code === "string" && code !== "");
}
