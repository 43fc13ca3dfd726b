import { describe, TurnkeepError } from "../../errors.ts";
import type { SessionStore } from "../../session/session-store.ts";
import { sessionNotFound } from "../../session/turn-refusals.ts";
import type { TurnRecord } from "../../session/turn-store.ts";

const pageSize = 100;
/** Among how many turns a message is looked for by its own id. */
const maxTurns = 1000;

/**
 * The turn that a request asks another version of. It is read at once where it is named by its
 * request id, which is that of its answer; else the newest {@link maxTurns} turns are looked through.
 * @param messageId the id of its message or answer; undefined for the newest turn that is shown.
 * @throws TurnkeepError `session_not_found`, and `run_not_found` where no such turn has that message.
 */
export async function findVersion(
  store: SessionStore,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string | undefined },
  messageId: string | undefined,
): Promise<TurnRecord> {
  if (messageId !== undefined) {
    // An answer is called by its turn.
    const turn = await store.getTurn(messageId, userId);
    if (turn?.sessionId === sessionId) return turn;
  }
  let before: number | undefined;
  for (let read = 0; read < maxTurns; read += pageSize) {
    const query = { sessionId, userId, before, shown: messageId === undefined, limit: pageSize };
    const turns = await store.getTurns(query);
    if (turns === undefined) throw sessionNotFound(sessionId);
    const found = turns.find(
      ({ question }) => messageId === undefined || question.id === messageId,
    );
    if (found !== undefined) return found;
    before = turns.at(-1)?.number;
    if (before === undefined) break;
  }
  throw new TurnkeepError(
    "run_not_found",
    messageId === undefined
      ? `The session ${describe(sessionId)} has no message to be answered anew.`
      : `The session ${describe(sessionId)} has no message ${describe(messageId)} in its newest ${maxTurns} turns. Send the id of one of its messages as messageId, or the request id of its turn, however old; or none for a new message.`,
  );
}
