import { isTurnkeepError, TurnkeepError } from "../errors.ts";
import { requireId } from "../session/ids.ts";
import { maxUserIdLength } from "../session/session-store.ts";
import type { HttpRuntimeOptions } from "./http-runtime.ts";

/**
 * The user who sends a request, as `ProtocolHost.identify` says: what `authenticate` answers, else
 * the user that the request claims where the proxy is trusted, else nobody.
 */
export async function identify(
  { authenticate, trustUserHeader = false }: HttpRuntimeOptions,
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
