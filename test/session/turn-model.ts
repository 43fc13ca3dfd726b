import type { Concurrency, TurnEnd, TurnState } from "../../src/session/turn-store.ts";

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
  /** Whether its claim lapses at once. */
  readonly lapses: boolean;
  readonly concurrency: Concurrency;
  readonly queueLimit: number;
}

interface ModelTurn extends ModelBeginning {
  readonly number: number;
  state: TurnState;
  holds: boolean;
  stopRequested: boolean;
  readonly said: Map<number, string>;
  answer: string | undefined;
  key: string | undefined;
}

interface ModelSession {
  readonly sessionId: string;
  /** Whose it is, once a turn has begun in it. */
  owner: { readonly userId: User } | undefined;
  title: string | undefined;
  deleted: boolean;
  /** The step in which a turn last began or ended in it. */
  used: number;
  readonly turns: ModelTurn[];
  messages: { readonly requestId: string; readonly key: string; readonly content: string }[];
}

/** What a store does with turns and sessions, without time, SQL or anything at once. */
export class TurnModel {
  readonly #sessions = new Map<string, ModelSession>();
  #step = 0;

  /** The turn's id, with whether it is new; or the code of the refusal. */
  begin(request: ModelBeginning): string {
    this.#step += 1;
    const { requestId, userId, key, body, concurrency } = request;
    const known = this.#turns().find((turn) => key !== undefined && turn.key === key);
    if (known !== undefined) {
      if (!shows(this.#session(known.sessionId), userId)) return "session_not_found";
      return known.body === body ? `${known.requestId} again` : "idempotency_conflict";
    }
    const session = this.#session(request.sessionId);
    if (session.owner !== undefined && !shows(session, userId)) return "session_not_found";
    if (this.#turn(requestId) !== undefined) return "request_id_taken";
    const live = session.turns.filter(isLive);
    if (live.length > 0 && concurrency === "reject") return "session_busy";
    const waiting = live.filter(({ state }) => state === "queued").length;
    if (live.length > 0 && waiting >= request.queueLimit) return "queue_full";
    if (concurrency === "supersede") for (const turn of live) turn.stopRequested = true;
    this.#interrupt(session);
    session.messages = session.messages.filter((each) => each.requestId !== request.retryOf);
    if (session.owner === undefined) session.title = `the question of ${requestId}`;
    session.owner ??= { userId };
    session.used = this.#step;
    session.turns.push({
      ...request,
      number: session.turns.length + 1,
      state: live.length > 0 ? "queued" : "running",
      holds: !request.lapses,
      stopRequested: false,
      said: new Map(),
      answer: undefined,
    });
    return `${requestId} new`;
  }

  /** The state that the turn then has, or the code of the refusal. */
  claim(requestId: string, replica: string, lapses: boolean): string {
    this.#step += 1;
    const turn = this.#held(requestId, replica);
    if (turn === undefined) return "claim_lost";
    const session = this.#session(turn.sessionId);
    this.#interrupt(session);
    if (session.turns.find(isLive) === turn) turn.state = "running";
    turn.holds = !lapses;
    return turn.state;
  }

  /** How many messages are stored, or the code of the refusal. */
  end(requestId: string, replica: string, state: TurnEnd["state"]): string {
    this.#step += 1;
    const turn = this.#held(requestId, replica);
    if (turn === undefined) return "claim_lost";
    if (turn.state === "queued" && state === "complete") return "claim_lost";
    const session = this.#session(turn.sessionId);
    const adds = state === "complete" || state === "stopped";
    if (adds) {
      session.messages.push(
        { requestId, key: "query", content: `the question of ${requestId}` },
        { requestId, key: "answer", content: `the answer of ${requestId}` },
      );
    }
    finish(turn, state, `the answer of ${requestId}`);
    session.used = this.#step;
    return adds ? "2" : "0";
  }

  /** The turns that are held, and those asked to stop. */
  renew(replica: string, lapses: boolean): string {
    this.#step += 1;
    const held = this.#turns().filter((turn) => isLive(turn) && turn.replica === replica);
    for (const turn of held) turn.holds = !lapses;
    const asked = held.filter(({ stopRequested }) => stopRequested);
    return `${idsOf(held)} / ${idsOf(asked)}`;
  }

  interruptLapsed(): string {
    this.#step += 1;
    let count = 0;
    for (const session of this.#sessions.values()) count += this.#interrupt(session);
    return String(count);
  }

  say(replica: string, number: number, requestIds: readonly string[]): string {
    this.#step += 1;
    for (const requestId of requestIds) {
      const said = this.#held(requestId, replica)?.said;
      if (said?.has(number) === false) said.set(number, `${requestId} says ${this.#step}`);
    }
    return "";
  }

  stop(requestId: string, userId: User): string {
    this.#step += 1;
    const turn = this.#shownTurn(requestId, userId);
    if (turn !== undefined && isLive(turn)) turn.stopRequested = true;
    return turn === undefined ? "none" : `${turn.state} ${turn.stopRequested}`;
  }

  update(
    sessionId: string,
    userId: User,
    { title, deleted }: { readonly title?: string | null; readonly deleted?: boolean },
  ): string {
    this.#step += 1;
    const session = this.#session(sessionId);
    if (!owns(session, userId)) return "none";
    if (title !== undefined) session.title = title ?? undefined;
    if (deleted !== undefined) session.deleted = deleted;
    const live = session.turns.filter(isLive);
    if (deleted === true) for (const turn of live) turn.stopRequested = true;
    return `${session.title} ${session.deleted}`;
  }

  append(sessionId: string): string {
    this.#step += 1;
    const content = `appended in ${this.#step}`;
    this.#session(sessionId).messages.push({ requestId: "", key: "query", content });
    return "1";
  }

  /** The number of the step, which makes what it writes different from any other's. */
  get step(): number {
    return this.#step;
  }

  get requestIds(): readonly string[] {
    return this.#turns().map(({ requestId }) => requestId);
  }

  /** The ids of the turns that have not ended. */
  get openIds(): readonly string[] {
    return this.#turns()
      .filter((turn) => !isOver(turn))
      .map(({ requestId }) => requestId);
  }

  replicaOf(requestId: string): string | undefined {
    return this.#turn(requestId)?.replica;
  }

  ownerOf(requestId: string): User {
    return this.#turn(requestId)?.userId;
  }

  /** What a user sees of a session. */
  view(sessionId: string, userId: User): object {
    const session = this.#session(sessionId);
    const isShown = shows(session, userId);
    return {
      session: owns(session, userId)
        ? { title: session.title, deleted: session.deleted, turns: session.turns.length }
        : undefined,
      turns: isShown ? session.turns.map(viewOf).toReversed() : undefined,
      messages: isShown ? session.messages.map(({ content }) => content).toReversed() : undefined,
    };
  }

  history(sessionId: string, messageKey: string): readonly string[] {
    const { deleted, messages } = this.#session(sessionId);
    if (deleted) return [];
    return messages.filter((message) => message.key === messageKey).map(({ content }) => content);
  }

  viewTurn(requestId: string, userId: User): object | undefined {
    const turn = this.#shownTurn(requestId, userId);
    return turn === undefined ? undefined : viewOf(turn);
  }

  chunks(requestId: string): readonly string[] {
    return saidBy(this.#turn(requestId));
  }

  stopRequests(replica: string): readonly string[] {
    return this.#turns()
      .filter((turn) => isLive(turn) && turn.replica === replica && turn.stopRequested)
      .map(({ requestId }) => requestId)
      .toSorted();
  }

  /** In which step each of a user's sessions was last used, by its id. */
  used(userId: User, deleted: boolean): ReadonlyMap<string, number> {
    const listed = [...this.#sessions.values()].filter(
      (session) => owns(session, userId) && session.deleted === deleted,
    );
    return new Map(listed.map(({ sessionId, used }) => [sessionId, used]));
  }

  #interrupt(session: ModelSession): number {
    const lapsed = session.turns.filter((turn) => !isOver(turn) && !turn.holds);
    for (const turn of lapsed) {
      finish(turn, "interrupted", turn.said.size === 0 ? undefined : saidBy(turn).join(""));
      session.used = this.#step;
    }
    return lapsed.length;
  }

  #session(sessionId: string): ModelSession {
    const session: ModelSession = this.#sessions.get(sessionId) ?? {
      sessionId,
      owner: undefined,
      title: undefined,
      deleted: false,
      used: 0,
      turns: [],
      messages: [],
    };
    this.#sessions.set(sessionId, session);
    return session;
  }

  #turns(): ModelTurn[] {
    return [...this.#sessions.values()].flatMap(({ turns }) => turns);
  }

  #turn(requestId: string): ModelTurn | undefined {
    return this.#turns().find((turn) => turn.requestId === requestId);
  }

  #held(requestId: string, replica: string): ModelTurn | undefined {
    const turn = this.#turn(requestId);
    return turn !== undefined && isLive(turn) && turn.replica === replica ? turn : undefined;
  }

  #shownTurn(requestId: string, userId: User): ModelTurn | undefined {
    const turn = this.#turn(requestId);
    return turn !== undefined && shows(this.#session(turn.sessionId), userId) ? turn : undefined;
  }
}

function isOver({ state }: ModelTurn): boolean {
  return state !== "queued" && state !== "running";
}

function isLive(turn: ModelTurn): boolean {
  return !isOver(turn) && turn.holds;
}

function owns({ owner }: ModelSession, userId: User): boolean {
  return owner !== undefined && owner.userId === userId;
}

function shows(session: ModelSession, userId: User): boolean {
  return owns(session, userId) && !session.deleted;
}

function finish(turn: ModelTurn, state: TurnState, answer: string | undefined): void {
  turn.state = state;
  turn.answer = answer;
  turn.said.clear();
}

function saidBy(turn: ModelTurn | undefined): string[] {
  const said = [...(turn?.said ?? [])].toSorted(([one], [other]) => one - other);
  return said.map(([, content]) => content);
}

function viewOf({ requestId, number, state, stopRequested, answer }: ModelTurn): object {
  return { requestId, number, state, stopRequested, answer };
}

function idsOf(turns: readonly ModelTurn[]): string {
  return turns
    .map(({ requestId }) => requestId)
    .toSorted()
    .join();
}
