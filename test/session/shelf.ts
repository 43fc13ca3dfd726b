import type { JSONValue } from "../../src/json.ts";
import type { SessionRecord } from "../../src/session/session-store.ts";
import type {
  TurnChunk,
  TurnError,
  TurnFeedback,
  TurnState,
} from "../../src/session/turn-store.ts";

/** A stored record: its message as JSON text. */
export interface SketchRow extends Omit<SessionRecord, "message"> {
  value: string;
  /** Marked as deleted by itself. */
  deleted: boolean;
  /** Marked as deleted because its session is. */
  deletedWithSession: boolean;
  /** The number of the turn that it belongs to, once that must be known. */
  turn?: number;
  /** Whether it is not of the chosen path. */
  aside?: boolean;
}

/** A session in which a turn has begun. */
export interface SketchSession {
  readonly sessionId: string;
  readonly userId: string | undefined;
  title: string | undefined;
  turns: number;
  createdAt: string;
  updatedAt: string;
  deleted: boolean;
  /** The number of the turn that the chosen path ends with. */
  head: number;
}

/** A turn: its messages as JSON texts. */
export interface SketchTurn {
  readonly requestId: string;
  readonly sessionId: string;
  readonly number: number;
  readonly parent: number;
  readonly retryOf: string | undefined;
  readonly replica: string;
  readonly question: string;
  readonly arguments: { readonly [name: string]: JSONValue };
  readonly createdAt: string;
  readonly bodyHash: string | undefined;
  key: string | undefined;
  state: TurnState;
  claimedUntil: number;
  stopRequested: boolean;
  answer: string | undefined;
  error: TurnError | undefined;
  feedback: TurnFeedback | undefined;
  endedAt: string | undefined;
  endedMoment: number | undefined;
}

/** What the sketches of one fixture share. */
export class Shelf {
  rows: SketchRow[] = [];
  sessions: SketchSession[] = [];
  turns: SketchTurn[] = [];
  chunks: TurnChunk[] = [];
  readonly settings = new Map<string, string>();
  readonly refusedKeys = new Set<string>();
}
