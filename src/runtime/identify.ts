import { isTurnkeepError, TurnkeepError } from "../errors.ts";
import { requireId } from "../session/ids.ts";
import { maxUserIdLength } from "../session/session-store.ts";

/** How a runtime knows who sends a request. */
export interface IdentityOptions {
  /**
   * Who sends a request: the id of a user, or undefined for nobody in particular, to be answered
   * anew for each request; throw to refuse it (401). A session belongs to the user whose request
   * began it, and does not exist to others.
   */
  readonly authenticate?: (request: Request) => string | undefined | Promise<string | undefined>;
  /**
   * Whether a proxy before this server sets the header `X-Appbuilder-User-Id`, so that it can be
   * believed; false by default: then the header is ignored. `authenticate` comes first.
   */
  readonly trustUserHeader?: boolean;
}

/**
 * The user who sends a request, as `ProtocolHost.identify` says: what `authenticate` answers, else
 * the user that the request claims where the proxy is trusted, else nobody.
 */
export async function identify(
  { authenticate, trustUserHeader = false }: IdentityOptions,
  request: Request,
  claimed: string | undefined,
): Promise<string | undefined> {
  if (authenticate === undefined) {
    if (!trustUserHeader) return undefined;
    requireId("The user id", claimed, maxUserIdLength);
    return claimed;
  }
  let userId: string | undefined;
  try {
    userId = await authenticate(request);
  } catch (error) {
    if (isTurnkeepError(error)) throw error;
    throw new TurnkeepError("unauthorized", "Sign in to use this service.", { cause: error });
  }
  requireId("The user id that authenticate answered", userId, maxUserIdLength);
  return userId;
}
