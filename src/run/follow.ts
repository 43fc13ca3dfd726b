import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, errorStatuses, TurnkeepError } from "../errors.ts";
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
  sayRest(run, turn, 0);
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
    let said = 0;
    let idle = 0;
    while (turn !== undefined && turn.endedAt === undefined) {
      for (const { content, fields } of await store.getChunks(requestId, chunks)) {
        const { id, name, ...rest } = fields;
        run.say(run.answer ?? { id: textOr(id, ""), name: textOr(name, "msg") }, content, rest);
        chunks += 1;
        said += content.length;
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

/** Says what the chunks have not brought of an ended turn's answer. */
function sayRest(run: Run, { answer }: TurnRecord, said: number): void {
  if (answer === undefined) return;
  const { content, fields } = answer;
  if (typeof content !== "string") {
    if (!run.started) run.say(answer, content, fields);
  } else if (content.length > said || (!run.started && content !== "")) {
    run.say(run.answer ?? answer, content.slice(said), fields);
  }
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
