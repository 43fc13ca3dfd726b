import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type ErrorCode, errorStatuses, TurnkeepError } from "../errors.ts";
import type { MessageFields } from "../message/message.ts";
import type { MessagePart } from "../message/message-part.ts";
import { type MessagePiece, toPieces, toTextPieces } from "../message/message-pieces.ts";
import { joinParts } from "../message/part-list.ts";
import type { TurnRecord, TurnStore } from "../session/turn-store.ts";
import type { Logger } from "../logger.ts";
import { type Failure, toFailure, toLoggable } from "./failure.ts";
import { Run, type RunEnd } from "./run.ts";

/** How often a run of another replica is looked at, in milliseconds. */
const followInterval = 100;
/** After how many looks without a reader none is expected any more. */
const maxIdle = 20;

/** The run of a turn that has ended, with all of its answer. */
export function replay(turn: TurnRecord): Run {
  const run = new Run(turn);
  sayRest(run, turn, { length: 0, parts: [] });
  run.finish(toEnd(turn));
  return run;
}

/** How a {@link Follower} is made. */
export interface FollowerOptions {
  readonly store: TurnStore;
  readonly logger: Logger;
}

/**
 * Shows the runs that other replicas make, as far as the store shows them: their pieces as they are
 * written, their end when it is stored. Readers of one run share one watch on it, which ends when
 * the last of them has left.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #followed = new Map<string, Run>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The run of a live turn. It ends with an error where the store fails. */
  follow(turn: TurnRecord, userId: string | undefined): Run {
    let run = this.#followed.get(turn.requestId);
    if (run === undefined) {
      run = new Run(turn);
      this.#followed.set(turn.requestId, run);
      void this.#watch(run, turn, userId);
    }
    return run;
  }

  async #watch(run: Run, turn: TurnRecord, userId: string | undefined): Promise<void> {
    try {
      await this.#read(run, turn, userId);
    } catch (error) {
      const { requestId, sessionId } = run;
      const facts = { requestId, sessionId, error: toLoggable(error, []) };
      this.#options.logger.error(facts, "a run of another server could not be followed");
      const failure = toFailure(error, requestId);
      run.finish({ type: "run-error", state: "interrupted", failure, error });
    } finally {
      this.#followed.delete(run.requestId);
    }
  }

  async #read(run: Run, first: TurnRecord, userId: string | undefined): Promise<void> {
    const { store } = this.#options;
    const { requestId } = run;
    let turn: TurnRecord | undefined = first;
    let chunks = 0;
    const said = { length: 0, parts: [] as MessagePart[] };
    let idle = 0;
    while (turn !== undefined && turn.endedAt === undefined) {
      for (const { content, fields, parts = [] } of await store.getChunks(requestId, chunks)) {
        const { id, name, ...rest } = fields;
        const answer = run.answer ?? { id: textOr(id, ""), name: textOr(name, "msg") };
        sayPieces(run, answer, toChunkPieces(content, rest, parts, said.length));
        chunks += 1;
        said.length += content.length;
        said.parts.push(...parts);
      }
      await sleep(followInterval);
      idle = run.readers > 0 ? 0 : idle + 1;
      if (idle > maxIdle) {
        run.finish(toEnd({ ...turn, state: "interrupted" }));
        return;
      }
      // Whoever's claim has lapsed will not end the turn.
      await store.interruptLapsed();
      turn = await store.getTurn(requestId, userId);
    }
    if (turn === undefined) {
      throw new TurnkeepError("run_not_found", `The run ${requestId} is no longer there.`);
    }
    sayRest(run, turn, said);
    run.finish(toEnd(turn));
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function sayPieces(
  run: Run,
  answer: { readonly id: string; readonly name: string },
  pieces: readonly MessagePiece[],
): void {
  for (const { content, fields, part } of pieces) run.say(answer, content, fields, part);
}

/** The pieces of a chunk: what stands before it is no text of its own. */
function toChunkPieces(
  content: string,
  fields: MessageFields,
  parts: readonly MessagePart[],
  before: number,
): readonly MessagePiece[] {
  const placed = parts.map((part) => ({ ...part, at: (part.at ?? 0) - before }));
  const pieces = toTextPieces(content, fields, placed, 0);
  return pieces.length === 0 ? [{ content, fields }] : pieces;
}

/** What has been said of an answer: the length of its text, and the pieces of its parts. */
interface Said {
  readonly length: number;
  readonly parts: readonly MessagePart[];
}

/** Says what the chunks have not brought of an ended turn's answer. */
function sayRest(run: Run, { answer }: TurnRecord, said: Said): void {
  if (answer === undefined) return;
  const { content, parts } = answer;
  if (typeof content !== "string") {
    if (!run.started) sayPieces(run, answer, toPieces(answer));
    return;
  }
  const { parts: _parts, ...fields } = answer.fields;
  const left = partsLeft(parts, joinParts(said.parts));
  const all = parts.length === 0 ? answer.fields : fields;
  sayPieces(run, run.answer ?? answer, toTextPieces(content, all, left, said.length));
}

/** What is left to be told of parts: those that were not told, and more of those that were. */
function partsLeft(
  parts: readonly MessagePart[],
  told: readonly MessagePart[],
): readonly MessagePart[] {
  return parts.flatMap((part, index) => {
    const before = told[index];
    if (before === undefined) return [part];
    if (part.type === "reasoning" && before.type === "reasoning") {
      const text = part.text.slice(before.text.length);
      return text === "" ? [] : [{ ...part, text }];
    }
    return isDeepStrictEqual(part, before) ? [] : [part];
  });
}

/** How the run of a turn that has ended was seen to end. */
export function toEnd(turn: TurnRecord): RunEnd {
  const { state, answer, error, requestId } = turn;
  if ((state === "complete" || state === "stopped") && answer !== undefined) {
    return { type: "run-end", state, message: answer };
  }
  if (error !== undefined && state !== "interrupted") {
    return { type: "run-error", state: "failed", failure: toStoredFailure(error) };
  }
  const interrupted = new TurnkeepError(
    "run_interrupted",
    `The run ${requestId} was interrupted. POST /runs/${requestId}/retry runs it again.`,
  );
  const failure = toFailure(interrupted, requestId);
  // What to do next is for the caller to know, though the cause is the service's.
  return {
    type: "run-error",
    state: "interrupted",
    failure: { ...failure, message: interrupted.message },
  };
}

function toStoredFailure(error: NonNullable<TurnRecord["error"]>): Failure {
  const code = (error.code in errorStatuses ? error.code : "component_failed") as ErrorCode;
  return { ...error, code };
}
