import { APICallError, LoadAPIKeyError, NoSuchModelError } from "@ai-sdk/provider";
import { type ErrorCode, type ErrorDetails, isTurnkeepError, TurnkeepError } from "../errors.ts";
import { redact, toSafeCause } from "./redact.ts";
import type { LoadedModel } from "./load-model.ts";

/**
 * What a model threw, as an error of turnkeep, without request headers and bodies and without the
 * model's secrets. Its message has the server's own words, and its details the server's status,
 * code and request id, where it gave them.
 * @param calls how many calls were made in all.
 */
export function toModelError(
  error: unknown,
  { label, secrets }: Pick<LoadedModel, "label" | "secrets">,
  calls: number,
): TurnkeepError {
  if (isTurnkeepError(error)) return error;
  const { statusCode, code, requestId } = facts(error);
  const details: Record<string, string | number> = { modelCalls: calls };
  if (statusCode !== undefined) details["providerStatus"] = statusCode;
  if (code !== undefined) details["providerCode"] = blot(code, secrets);
  if (requestId !== undefined) details["providerRequestId"] = redact(requestId, secrets);
  const make = (errorCode: ErrorCode, message: string): TurnkeepError =>
    new TurnkeepError(errorCode, message, {
      cause: toSafeCause(error, secrets),
      details: details satisfies ErrorDetails,
    });

  if (LoadAPIKeyError.isInstance(error)) {
    return make(
      "model_credential_missing",
      `The model ${label} has no credential: ${error.message}`,
    );
  }
  if (NoSuchModelError.isInstance(error) || code === "model_not_found") {
    return make("model_unknown", `Its provider does not know the model ${label}.`);
  }
  if (statusCode === 401 || statusCode === 403) {
    return make(
      "model_credential_rejected",
      `The provider of the model ${label} rejected the credential (HTTP ${statusCode}). Check that it is right, still valid, and allowed to use this model.`,
    );
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return make("model_timeout", `The model ${label} did not answer in time.`);
  }
  const status = statusCode === undefined || statusCode === 200 ? "" : ` (HTTP ${statusCode})`;
  return make(
    "model_failed",
    `The model ${label} failed${status}: ${redact(messageOf(error), secrets)}`,
  );
}

interface ErrorFacts {
  readonly statusCode?: number | undefined;
  readonly code?: string | number | undefined;
  readonly requestId?: string | undefined;
}

/** Reads what servers' error bodies have in common: a code, at the top or under `error`. */
function facts(error: unknown): ErrorFacts {
  if (!APICallError.isInstance(error)) {
    return error instanceof Error ? {} : { code: codeOf(error) };
  }
  const { statusCode, data, responseHeaders = {} } = error;
  const inner = isRecord(data) && isRecord(data["error"]) ? data["error"] : data;
  const requestId = isRecord(inner) ? inner["requestId"] : undefined;
  return {
    statusCode,
    code: codeOf(inner),
    requestId:
      typeof requestId === "string"
        ? requestId
        : (responseHeaders["x-request-id"] ?? responseHeaders["request-id"]),
  };
}

function codeOf(value: unknown): string | number | undefined {
  if (!isRecord(value)) return undefined;
  const { code, type } = value;
  if (typeof code === "string" || typeof code === "number") return code;
  return typeof type === "string" ? type : undefined;
}

function messageOf(error: unknown): string {
  const message = isRecord(error) ? error["message"] : error;
  return typeof message === "string" && message !== "" ? message : "it gave no reason.";
}

function blot(code: string | number, secrets: readonly string[]): string | number {
  return typeof code === "string" ? redact(code, secrets) : code;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
