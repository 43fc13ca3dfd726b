import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, errorStatuses, TurnkeepError } from "../errors.ts";
import type { TurnRecord, TurnStore } from "../session/turn-store.ts";
import { type Failure, toFailure } from "./failure.ts";
import { Run, type RunEnd } from "./run.ts";

/** How often a run of another replica is looked at, in milliseconds. */
const followInterval = 100;

/** The run of a turn that has ended, with all of its answer. */
export function replay(turn: TurnRecord): Run {
  const run = new Run(turn);
  sayRest(run, turn, 0);
  run.finish(toEnd(turn));
  return run;
}

/**
 * The run of a turn that another replica makes, as far as the store shows it: its pieces as they
 * are written, its end when it is stored. Ends with an error where the store fails.
 */
export function follow(store: TurnStore, turn: TurnRecord, userId: string | undefined): Run {
  const run = new Run(turn);
  void read(store, run, turn, userId).catch((error: unknown) => {
    run.finish({ type: "run-error", failure: toFailure(error, run.requestId), error });
  });
  return run;
}

async function read(
  store: TurnStore,
  run: Run,
  first: TurnRecord,
  userId: string | undefined,
): Promise<void> {
  let turn: TurnRecord | undefined = first;
  let chunks = 0;
  let said = 0;
  for (;;) {
    if (turn === undefined) {
      throw new TurnkeepError("run_not_found", `The run ${first.requestId} is no longer there.`);
    }
    if (turn.endedAt !== undefined) {
      sayRest(run, turn, said);
      run.finish(toEnd(turn));
      return;
    }
    for (const { content, fields } of await store.getChunks(run.requestId, chunks)) {
      const { id, name, ...rest } = fields;
      const of = run.answer ?? { id: textOr(id, ""), name: textOr(name, "msg") };
      run.say(of, content, rest);
      chunks += 1;
      said += content.length;
    }
    await sleep(followInterval);
    // Whoever's claim has lapsed will not end the turn.
    await store.interruptLapsed();
    turn = await store.getTurn(run.requestId, userId);
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

function toEnd(turn: TurnRecord): RunEnd {
  const { state, answer, error, requestId } = turn;
  if ((state === "complete" || state === "stopped") && answer !== undefined) {
    return { type: "run-end", message: answer };
  }
  if (error !== undefined) return { type: "run-error", failure: toStoredFailure(error) };
  const interrupted = new TurnkeepError(
    "run_interrupted",
    `The run ${requestId} was interrupted. POST /runs/${requestId}/retry runs it again.`,
  );
  const failure = toFailure(interrupted, requestId);
  // What to do next is for the caller to know, though the cause is the service's.
  return { type: "run-error", failure: { ...failure, message: interrupted.message } };
}

function toStoredFailure(error: NonNullable<TurnRecord["error"]>): Failure {
  const code = (error.code in errorStatuses ? error.code : "component_failed") as ErrorCode;
  return { ...error, code };
}
