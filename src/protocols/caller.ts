import { describe, TurnkeepError } from "../errors.ts";
import { requireId } from "../session/ids.ts";
import { maxIdLength, maxUserIdLength } from "../session/session-store.ts";
import { type Described, header } from "./openapi-parts.ts";
import type { ProtocolHost } from "./protocol.ts";

/** The header that names a run, in requests and answers. */
export const requestIdHeader = "X-Appbuilder-Request-Id";

/** The longest credential, in characters. */
const maxCredentialLength = 4096;
const userHeader = "X-Appbuilder-User-Id";
const tokenHeader = "X-Appbuilder-Authorization";

/** The description of the header that names the user. */
export const describedUser: Described = header(
  userHeader,
  "The user, where the server trusts the proxy that says so.",
);

/** The description of the headers with which a request for a run may come. */
export const describedCaller: readonly Described[] = [
  header(requestIdHeader, "The run's id, 1 to 36 ASCII characters; else a new UUID."),
  describedUser,
  header(tokenHeader, "The caller's own AppBuilder token, where it is asked for."),
];

/**
 * The request id in a request's headers: undefined where there is none.
 * @throws TurnkeepError `invalid_request` where it is not 1 to 36 printable ASCII characters.
 */
export function requestIdOf(headers: Headers): string | undefined {
  const id = headers.get(requestIdHeader);
  if (id === null) return undefined;
  if (!isHeaderText(id) || id.length > maxIdLength) {
    throw new TurnkeepError(
      "invalid_request",
      `The header ${requestIdHeader} is ${describe(id)}: send 1 to ${maxIdLength} printable ASCII characters without spaces, such as a UUID.`,
    );
  }
  return id;
}

/** A request id as a header can hold it: percent-encoded, as in a path, where it must be. */
export function toHeaderText(requestId: string): string {
  return isHeaderText(requestId) ? requestId : encodeURIComponent(requestId);
}

/**
 * The user who sends a request; undefined where nobody is known.
 * @throws TurnkeepError `unauthorized`; `invalid_request` for a header that names no user.
 */
export async function userOf(request: Request, host: ProtocolHost): Promise<string | undefined> {
  return host.identify(request, claimedUserOf(request.headers));
}

/**
 * The caller's own credentials, by the name of the model provider they are for; undefined where
 * the runtime does not ask for them.
 * @throws TurnkeepError `unauthorized` where they are missing, or are none.
 */
export function credentialsOf(
  headers: Headers,
  { lazyCertification }: ProtocolHost,
): ReadonlyMap<string, string> | undefined {
  if (!lazyCertification) return undefined;
  const value = headers.get("X-Appbuilder-Token") ?? headers.get(tokenHeader) ?? "";
  const token = value.replace(/^Bearer\s+/i, "").trim();
  if (token === "") {
    throw new TurnkeepError(
      "unauthorized",
      `The header ${tokenHeader} is required: send your AppBuilder token as Bearer <token>.`,
    );
  }
  if (token.length > maxCredentialLength || !isHeaderText(token)) {
    throw new TurnkeepError(
      "unauthorized",
      `The token in ${tokenHeader} is not one: it holds spaces or other characters that no token has, or is too long.`,
    );
  }
  return new Map([["appbuilder", token]]);
}

function claimedUserOf(headers: Headers): string | undefined {
  const value = headers.get(userHeader);
  if (value === null) return undefined;
  const name = `The header ${userHeader}`;
  let id: string;
  try {
    // Header values arrive byte by byte; what is not ASCII is read as UTF-8.
    id = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch (error) {
    throw new TurnkeepError("invalid_request", `${name} is not UTF-8.`, { cause: error });
  }
  requireId(name, id, maxUserIdLength);
  return id;
}

/** Whether a text is printable ASCII without spaces. */
function isHeaderText(text: string): boolean {
  return /^[\u0021-\u007e]+$/.test(text);
}
