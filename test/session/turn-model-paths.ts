import type { Concurrency, TurnState } from "../../src/session/turn-store.ts";

/** A user; undefined where nobody is known. */
export type User = string | undefined;

/** What a request for a turn says. */
export interface ModelBeginning {
  readonly requestId: string;
  readonly sessionId: string;
  readonly userId: User;
  readonly key: string | undefined;
  readonly body: string;
  readonly replica: string;
  readonly retryOf: string | undefined;
  readonly versionOf: string | undefined;
  /** Whether its claim lapses at once. */
  readonly lapses: boolean;
  readonly concurrency: Concurrency;
  readonly queueLimit: number;
}

/** A turn. */
export interface ModelTurn extends ModelBeginning {
  readonly number: number;
  /** The number of the turn that it follows. */
  readonly parent: number;
  state: TurnState;
  holds: boolean;
  stopRequested: boolean;
  readonly said: Map<number, string>;
  answer: string | undefined;
  key: string | undefined;
}

/** A session. */
export interface ModelSession {
  readonly sessionId: string;
  /** Whose it is, once a turn has begun in it. */
  owner: { readonly userId: User } | undefined;
  title: string | undefined;
  deleted: boolean;
  /** The step in which a turn last began or ended in it. */
  used: number;
  readonly turns: ModelTurn[];
  messages: ModelMessage[];
  /** The number of the turn that the chosen path ends with. */
  head: number;
}

/** A message of a turn. */
export interface ModelMessage {
  readonly requestId: string;
  /** The number of the turn that it belongs to. */
  readonly turn: number;
  readonly key: string;
  readonly content: string;
}

/** Makes a turn's path the chosen one. */
export function choose(session: ModelSession, { number }: ModelTurn): void {
  const isChosen = pathTo(session, session.head).has(number);
  if (!isChosen) session.head = newestEnd(session, number);
}

/** The turns of the path to what is live, else of the chosen one, newest first. */
export function shownIds(session: ModelSession): readonly string[] {
  const last = session.turns.findLast(isLive)?.number;
  const chosen = pathTo(session, session.head);
  const path = last === undefined || chosen.has(last) ? chosen : pathTo(session, last);
  return session.turns
    .filter(({ number }) => path.has(number))
    .map(({ requestId }) => requestId)
    .toReversed();
}

/** The messages of the chosen path. */
export function chosenMessages(session: ModelSession): readonly ModelMessage[] {
  const path = pathTo(session, session.head);
  return session.messages.filter(({ turn }) => path.has(turn));
}

/** The turns of the path that ends with one, and 0. */
export function pathTo({ turns }: ModelSession, end: number): ReadonlySet<number> {
  const path = new Set([0]);
  for (let each = end; each > 0; each = turns[each - 1]?.parent ?? 0) path.add(each);
  return path;
}

/** The end of the path from a turn on that goes to the newest each time. */
export function newestEnd(session: ModelSession, number: number): number {
  const next = session.turns.findLast(({ parent }) => parent === number);
  return next === undefined ? number : newestEnd(session, next.number);
}

/** Whether a turn has ended. */
export function isOver({ state }: ModelTurn): boolean {
  return state !== "queued" && state !== "running";
}

/** Whether a turn has not ended, and its claim holds. */
export function isLive(turn: ModelTurn): boolean {
  return !isOver(turn) && turn.holds;
}
