import type { TurnEnd, TurnState } from "../../src/session/turn-store.ts";
import {
  choose,
  chosenMessages,
  isLive,
  isOver,
  type ModelBeginning,
  type ModelSession,
  type ModelTurn,
  newestEnd,
  pathTo,
  shownIds,
  type User,
} from "./turn-model-paths.ts";

export type { ModelBeginning, User } from "./turn-model-paths.ts";

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
    const { versionOf } = request;
    const other = session.turns.find((turn) => turn.requestId === versionOf);
    if (versionOf !== undefined && other === undefined) return "run_not_found";
    const live = session.turns.filter(isLive);
    if (live.length > 0 && concurrency === "reject") return "session_busy";
    const waiting = live.filter(({ state }) => state === "queued").length;
    if (live.length > 0 && waiting >= request.queueLimit) return "queue_full";
    if (concurrency === "supersede") for (const turn of live) turn.stopRequested = true;
    this.#interrupt(session);
    const path = pathTo(session, session.head);
    session.messages = session.messages.filter(
      (each) => each.requestId !== request.retryOf || !path.has(each.turn),
    );
    const last = live.at(-1);
    const isAside = last !== undefined && !path.has(last.number);
    const parent = other?.parent ?? (isAside ? newestEnd(session, last.number) : session.head);
    if (other === undefined && !isAside) session.head = session.turns.length + 1;
    if (session.owner === undefined) session.title = `the question of ${requestId}`;
    session.owner ??= { userId };
    session.used = this.#step;
    session.turns.push({
      ...request,
      number: session.turns.length + 1,
      parent,
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
    if (adds && !session.deleted) choose(session, turn);
    if (adds) {
      const { number } = turn;
      session.messages.push(
        { requestId, turn: number, key: "query", content: `the question of ${requestId}` },
        { requestId, turn: number, key: "answer", content: `the answer of ${requestId}` },
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

  select(requestId: string, userId: User): string {
    this.#step += 1;
    const turn = this.#shownTurn(requestId, userId);
    if (turn === undefined) return "none";
    const session = this.#session(turn.sessionId);
    if (session.turns.some(isLive)) return "session_busy";
    this.#interrupt(session);
    choose(session, turn);
    return "chosen";
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
    const session = this.#session(sessionId);
    const path = pathTo(session, session.head);
    const first = session.turns.find((turn) => path.has(turn.number) && !isOver(turn));
    const turn = first?.parent ?? session.head;
    session.messages.push({ requestId: "", turn, key: "query", content });
    return "1";
  }

  /** The number of the step, which makes what it writes different from any other's. */
  get step(): number {
    return this.#step;
  }

  get requestIds(): readonly string[] {
    return this.#turns().map(({ requestId }) => requestId);
  }

  idsOf(sessionId: string): readonly string[] {
    return this.#session(sessionId).turns.map(({ requestId }) => requestId);
  }

  /** The ids of the turns that have not ended. */
  get openIds(): readonly string[] {
    return this.#turns()
      .filter((turn) => !isOver(turn))
      .map(({ requestId }) => requestId);
  }

  sessionOf(requestId: string): string {
    return this.#turn(requestId)?.sessionId ?? "";
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
      turns: isShown ? session.turns.map((turn) => viewOf(turn, session)).toReversed() : undefined,
      shown: isShown ? shownIds(session) : undefined,
      messages: isShown
        ? chosenMessages(session)
            .map(({ content }) => content)
            .toReversed()
        : undefined,
    };
  }

  history(sessionId: string, messageKey: string): readonly string[] {
    const session = this.#session(sessionId);
    if (session.deleted) return [];
    return chosenMessages(session)
      .filter((message) => message.key === messageKey)
      .map(({ content }) => content);
  }

  /** What a turn that has not ended reads. */
  historyOf(requestId: string, messageKey: string): readonly string[] {
    const turn = this.#turn(requestId);
    if (turn === undefined) return [];
    const session = this.#session(turn.sessionId);
    const isChosen = pathTo(session, session.head).has(turn.number);
    if (isChosen) return this.history(turn.sessionId, messageKey);
    if (session.deleted) return [];
    const path = pathTo(session, turn.parent);
    return session.messages
      .filter((message) => message.key === messageKey && path.has(message.turn))
      .map(({ content }) => content);
  }

  viewTurn(requestId: string, userId: User): object | undefined {
    const turn = this.#shownTurn(requestId, userId);
    return turn === undefined ? undefined : viewOf(turn, this.#session(turn.sessionId));
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
      head: 0,
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

function viewOf(turn: ModelTurn, session: ModelSession): object {
  const { requestId, number, parent, state, stopRequested, answer } = turn;
  const chosen = pathTo(session, session.head).has(number);
  const versions = session.turns.filter((other) => other.parent === parent);
  return {
    requestId,
    number,
    parent,
    chosen,
    state,
    stopRequested,
    answer,
    versions: versions.map((other) => other.requestId),
  };
}

function idsOf(turns: readonly ModelTurn[]): string {
  return turns
    .map(({ requestId }) => requestId)
    .toSorted()
    .join();
}
