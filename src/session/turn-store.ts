import type { JSONValue } from "../json.ts";
import type { Message } from "../message/message.ts";
import type { MessagePart } from "../message/message-part.ts";
import type { SessionRecord } from "./session-record.ts";

/** A message under its key. */
export interface KeyedMessage {
  readonly messageKey: string;
  readonly message: Message;
}

/**
 * Where a turn stands.
 *
 * - `queued`: it waits for the turns before it in its session.
 * - `running`: a replica makes it.
 * - `complete`: it is whole and stored.
 * - `stopped`: it was ended on request; what it had said by then is stored.
 * - `failed`: its component failed, or could not be begun.
 * - `interrupted`: its replica died, or gave it up.
 */
export type TurnState = "queued" | "running" | "complete" | "stopped" | "failed" | "interrupted";

/** What is done with a turn whose session is busy. */
export type Concurrency = "queue" | "reject" | "supersede";

/** Why a turn failed, as its caller was told. */
export interface TurnError {
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;
  /** The number the error itself came with, where it had one. */
  readonly number: number | undefined;
  readonly message: string;
}

/** What a user thinks of a turn's answer. */
export interface TurnFeedback {
  readonly value: "up" | "down";
  /** 1 to {@link maxCommentLength} Unicode characters. */
  readonly comment: string | undefined;
}

/** The longest comment in a {@link TurnFeedback}, in Unicode characters. */
export const maxCommentLength = 2000;

/** The bookkeeping of one turn. */
export interface TurnRecord {
  readonly requestId: string;
  readonly sessionId: string;
  /** 1 for the session's first turn, and one more for each: the order of arrival. */
  readonly number: number;
  /** The number of the turn that it follows; 0 for one that begins the session. */
  readonly parent: number;
  /** Whether it is on the path of turns that the session's history tells. */
  readonly chosen: boolean;
  /** The turns that are versions of one another, by request id and in their order: it among them. */
  readonly versions: readonly string[];
  /** The turn that this one runs again, where it does. */
  readonly retryOf: string | undefined;
  readonly state: TurnState;
  /** The message that the component was given. */
  readonly question: Message;
  /** The further arguments of its run. */
  readonly arguments: { readonly [name: string]: JSONValue };
  /** The answer: whole in a complete turn, else the part that was said, where there is one. */
  readonly answer: Message | undefined;
  /** Why it failed or was interrupted, where that is known. */
  readonly error: TurnError | undefined;
  readonly feedback: TurnFeedback | undefined;
  /** Whether somebody asked it to stop. */
  readonly stopRequested: boolean;
  /** The hash of the body of its request, where it came with an idempotency key. */
  readonly bodyHash: string | undefined;
  /** Local time without zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
  /** Like `createdAt`; undefined while the turn is live. */
  readonly endedAt: string | undefined;
}

/** A request for a turn. */
export interface NewTurn {
  readonly requestId: string;
  readonly sessionId: string;
  /** Who asks; undefined where nobody is known. */
  readonly userId: string | undefined;
  readonly question: Message;
  readonly arguments: { readonly [name: string]: JSONValue };
  readonly retryOf: string | undefined;
  /** The turn of the session that this one is another version of; undefined for one that follows. */
  readonly versionOf?: string | undefined;
  /** The hash of its idempotency key with the key's scope, and that of its body: 64 characters each. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | undefined;
  /** The replica that will make it. */
  readonly replica: string;
  /** How long the replica holds it without renewing its claim: whole milliseconds from 0. */
  readonly claimTime: number;
  readonly concurrency: Concurrency;
  /** How many live turns of the session may be queued, with this one: a whole number from 0. */
  readonly queueLimit: number;
}

/** How a turn ends. */
export interface TurnEnd {
  readonly requestId: string;
  readonly replica: string;
  readonly state: "complete" | "stopped" | "failed" | "interrupted";
  /**
   * What the turn adds to its session, in order, each key once. A failed or interrupted turn adds
   * nothing, whatever stands here.
   */
  readonly messages: readonly KeyedMessage[];
  /** What is kept as the turn's answer, in any state. */
  readonly answer: Message | undefined;
  readonly error: TurnError | undefined;
}

/** Whether a turn that ends so is chosen: it is complete, or has said something. */
export function becomesChosen({ state, answer }: Pick<TurnEnd, "state" | "answer">): boolean {
  return (
    state === "complete" || (state === "stopped" && answer !== undefined && answer.content !== "")
  );
}

/** A piece of an answer that is being made, kept so that its stream can go on from elsewhere. */
export interface TurnChunk {
  readonly requestId: string;
  /** 0 for the turn's first chunk, and one more for each. */
  readonly number: number;
  /** The text. */
  readonly content: string;
  /**
   * The fields that came with it; in the turn's first chunk also `id` and `name` of the message that
   * is being said, so that all chunks together are that message's JSON.
   */
  readonly fields: { readonly [name: string]: JSONValue };
  /** The pieces of parts in it, each with its place in the answer's text; absent where it has none. */
  readonly parts?: readonly MessagePart[];
}

/** Which claims a replica has. */
export interface Claims {
  /** The live turns it holds. */
  readonly held: readonly string[];
  /** Those among them that were asked to stop. */
  readonly stopRequested: readonly string[];
}

/** Which turns {@link TurnStore.getTurns} reads. */
export interface TurnsQuery {
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Only turns with a lower number. */
  readonly before?: number | undefined;
  /**
   * Only turns on one path: the one to the newest live turn, else the chosen one. False by default:
   * all turns.
   */
  readonly shown?: boolean | undefined;
  /** How many at the most: a whole number from 0. */
  readonly limit: number;
}

/**
 * The bookkeeping of turns. One turn of a session runs at a time, in the order of their numbers.
 *
 * A turn is live while it is queued or running and the claim of its replica holds. A claim lapses
 * when it is not renewed in time, by the clock of the database (one of 0 milliseconds at once), and
 * never holds again. A turn whose claim has lapsed keeps its state until it is interrupted:
 * `beginTurn`, `claimTurn` and `selectTurn` do that to such turns of their session, `interruptLapsed` to all. The
 * answer of an interrupted turn is the message that its chunks make: their contents joined, with
 * the fields of all, a later one of a name before an earlier; without chunks it has no answer.
 *
 * A turn belongs to the user whose session it is in, see {@link SessionIndex}; to anyone else it
 * does not exist, and while the session is deleted to no user. A replica's own turns are its own
 * whatever becomes of their session.
 *
 * Turns hang together as a tree: each follows another, and those that follow the same one are
 * versions of one another. A turn follows the chosen path, or the newest live turn, with the newest
 * that follow it, where that is not on it; one that is begun as a version of another follows what that one follows. A session's
 * history, for every reader of its records, is what the turns of the chosen path have added, each
 * with what other writers put behind it while it was the last one. A version becomes chosen, with all
 * that it follows and the newest that follows it, when it is complete, when it is stopped and its
 * answer has said something, or by `selectTurn`; in the same transaction the records that are not on
 * its path are marked as deleted, and those that are on it and were marked for that reason alone are
 * not any more. No time of theirs changes. What a turn adds that ends without being chosen is marked,
 * too.
 *
 * What a method writes is durable when its promise is fulfilled, and all or nothing: one that
 * throws has changed nothing. The times of a session's turns, and of the records that they add,
 * never go back, whatever the clock says.
 */
export interface TurnStore {
  /**
   * Registers a turn, with the next number of its session. It runs where its session has no live
   * turn, else it is queued. With an idempotency key that is known already, nothing is written, the
   * rest of the request does not count, and the answer is the turn of that key, `isNew` false. With
   * `supersede`, the live turns of the session are asked to stop. The messages of the turn that it
   * runs again, where its session has any, are marked as deleted: the new turn takes its place.
   * @throws TurnkeepError the first of these that applies: `session_not_found` where the session,
   * or that of the key's turn, belongs to another user or is deleted; `idempotency_conflict` for a
   * known key with another body; `request_id_taken` for a request id that a turn has, in whatever
   * session; `run_not_found` for a version of a turn that the session has not; `session_busy` by the policy `reject`, where a turn of the session is live;
   * `queue_full`.
   */
  beginTurn(turn: NewTurn): Promise<{ readonly turn: TurnRecord; readonly isNew: boolean }>;
  /**
   * Lets a queued turn run, where no live turn of its session has a lower number, and renews its
   * claim in any case. The answer is the turn as it then is; a turn that runs goes on.
   * @throws TurnkeepError `claim_lost` where the replica does not hold it as a live turn.
   */
  claimTurn(claim: {
    readonly requestId: string;
    readonly replica: string;
    readonly claimTime: number;
  }): Promise<TurnRecord>;
  /**
   * Ends a live turn: stores its messages as `appendTurn` does, its state, answer and error, in one
   * transaction, and removes its chunks. The answer is the records as stored. A queued turn can
   * end in any way but complete.
   * @throws TurnkeepError `claim_lost` where the replica does not hold it as a live turn, or holds
   * it as a queued one that is said to be complete: nothing is stored then.
   */
  endTurn(end: TurnEnd): Promise<readonly SessionRecord[]>;
  /**
   * Renews the claims of all live turns of a replica, for `claimTime` milliseconds from now. The
   * answer is those turns.
   */
  renewClaims(replica: string, claimTime: number): Promise<Claims>;
  /** The live turns of a replica that were asked to stop. */
  getStopRequests(replica: string): Promise<readonly string[]>;
  /** Interrupts every turn whose claim has lapsed. Answers how many there were. */
  interruptLapsed(): Promise<number>;
  /**
   * Keeps chunks, of any number of turns. Those of turns that the replica does not hold as live ones
   * are left out; a chunk that is kept already stays as it is.
   */
  appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void>;
  /** The chunks of a turn that has not ended, from a number on, in order. */
  getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]>;
  /**
   * Asks a turn to stop, where it is live; the answer is the turn as it then is, undefined where the
   * user has none of that id.
   */
  requestStop(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined>;
  /**
   * Makes a turn, with what it follows and the newest that follows it, the chosen path; where it is
   * on it, nothing changes. The answer is the turn as it then is, undefined where the user has none
   * of that id.
   * @throws TurnkeepError `session_busy` where a turn of the session is live.
   */
  selectTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined>;
  /**
   * Keeps what the user thinks of a turn's answer in place of what was kept; undefined takes it back.
   * The answer is the turn as it then is, undefined where the user has none of that id.
   */
  setFeedback(
    requestId: string,
    userId: string | undefined,
    feedback: TurnFeedback | undefined,
  ): Promise<TurnRecord | undefined>;
  /** A turn; undefined where the user has none of that id. */
  getTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined>;
  /**
   * The newest turns of a session, newest first, in whatever state; undefined where the user has no
   * such session or it is deleted.
   */
  getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined>;
  /**
   * The request ids of a session's live turns, by their numbers; undefined where the user has no
   * such session or it is deleted.
   */
  getLiveTurns(
    sessionId: string,
    userId: string | undefined,
  ): Promise<readonly string[] | undefined>;
  /**
   * Forgets the idempotency keys of turns that ended longer ago than so many milliseconds, at most
   * a thousand at a time. Answers how many.
   */
  forgetIdempotencyKeys(olderThan: number): Promise<number>;
}
