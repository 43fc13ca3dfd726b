import { toEnd } from "../../run/follow.ts";
import type { RunEnd, RunIdentity } from "../../run/run.ts";
import type { TurnFeedback, TurnRecord, TurnState } from "../../session/turn-store.ts";

/** What a message of this wire tells of its turn. */
export interface Metadata {
  readonly requestId: string;
  readonly state: TurnState;
  /** When the turn began: local time without zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly createdAt: string;
  /** The turns that are versions of one another, in the order they began, and which this is. */
  readonly versions: { readonly index: number; readonly ids: readonly string[] };
  /** What the user thinks of the answer. */
  readonly feedback: { readonly value: "up" | "down"; readonly comment?: string } | null;
  /** Why it failed or was interrupted. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What is told of a run that has just begun. */
export function ofRun({ requestId, createdAt, versions }: RunIdentity): Metadata {
  return {
    requestId,
    state: "running",
    createdAt,
    versions: { index: versions.indexOf(requestId), ids: versions },
    feedback: null,
  };
}

/** What is told of a turn, in whatever state it is. */
export function ofTurn(turn: TurnRecord): Metadata {
  const { feedback } = turn;
  const begun: Metadata = {
    ...ofRun(turn),
    feedback: feedback === undefined ? null : toFeedback(feedback),
  };
  return turn.endedAt === undefined ? { ...begun, state: turn.state } : atEnd(begun, toEnd(turn));
}

/** What is told of a run once it has ended. */
export function atEnd(begun: Metadata, end: RunEnd): Metadata {
  const { state } = end;
  if (end.type === "run-end") return { ...begun, state };
  const { code, message } = end.failure;
  return { ...begun, state, error: { code, message } };
}

function toFeedback({ value, comment }: TurnFeedback): NonNullable<Metadata["feedback"]> {
  return comment === undefined ? { value } : { value, comment };
}
