import { setTimeout } from "node:timers/promises";
import type { SessionRecord } from "../session/session-record.ts";
import type {
  Claims,
  NewTurn,
  TurnChunk,
  TurnEnd,
  TurnFeedback,
  TurnRecord,
  TurnsQuery,
  TurnStore,
} from "../session/turn-store.ts";
import type { Read } from "./known-keys.ts";
import { appendChunks, toPendingChunks } from "./operations/append-chunks.ts";
import { beginTurn, type BegunTurn, findBegun, toPendingTurn } from "./operations/begin-turn.ts";
import { type Claim, claimTurn, renewClaims } from "./operations/claim-turn.ts";
import { type EndedTurn, endTurn, hasEnded, toPendingEnd } from "./operations/end-turn.ts";
import { interruptionSize, interruptSession } from "./operations/interrupt-turns.ts";
import { lockSessionOf } from "./operations/lock-session.ts";
import { selectTurn, setFeedback } from "./operations/select-turn.ts";
import { RecentMap } from "./recent-map.ts";
import { isShown } from "./session-rows.ts";
import { readerOf } from "./statements/store-statements.ts";
import type { FullTurnRow } from "./statements/turn-reads.ts";
import { toStanding } from "./statements/turn-standing.ts";
import type { StoreDatabase } from "./store-database.ts";
import type { SessionRow } from "./tables.ts";
import { readTree, toTurns } from "./turn-places.ts";
import { toChunk } from "./turn-rows.ts";

const maxTurnNumber = 2 ** 31 - 1;
const maxForgottenKeys = 1000;
// So that no transaction takes long.
const keysAtOnce = 100;
const maxLapsedTurns = 100;
// The turn, its session, and their places in the indexes.
const rowsOfTurn = 3;
const maxKnownSessions = 10_000;
/** How long to wait for turns that others are writing to, in milliseconds. */
const busyPause = 5;
const oneRow = { rows: 1, characters: 0 };

/** The turns in a database. */
export class SqlTurns implements TurnStore {
  readonly #database: StoreDatabase;
  /** The sessions of the turns that were begun last, by their request ids. */
  readonly #sessions = new RecentMap<string, string>(maxKnownSessions);

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  async beginTurn(turn: NewTurn): Promise<BegunTurn> {
    const pending = toPendingTurn(turn);
    const { sessionId } = pending.turn;
    let begun: BegunTurn | undefined;
    begun = await this.#database.write({
      size: { rows: rowsOfTurn, characters: pending.characters },
      sessionId,
      run: async (work) => {
        begun = await beginTurn(work, pending);
        return begun;
      },
      recall: async (work) => {
        const again = begun?.isNew === true ? await findBegun(work, begun.turn) : undefined;
        return again && { result: again };
      },
    });
    this.#sessions.set(begun.turn.requestId, begun.turn.sessionId);
    return begun;
  }

  async claimTurn(given: Claim): Promise<TurnRecord> {
    const claim = { ...given };
    return this.#database.write({
      size: oneRow,
      sessionId: this.#sessions.get(claim.requestId),
      run: (work) => claimTurn(work, claim),
    });
  }

  async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
    const pending = toPendingEnd(end);
    const sessionId = this.#sessions.get(pending.end.requestId);
    const rows = rowsOfTurn + pending.messages.messages.length;
    let ended: EndedTurn | undefined;
    const { records } = await this.#database.writeInTime<EndedTurn>((waiting) => ({
      size: { rows, characters: pending.characters },
      sessionId,
      run: async (work) => {
        const done = await endTurn(work, pending, { ...waiting, knownSessionId: sessionId });
        ended = "wait" in done ? undefined : done;
        return done;
      },
      recall: async (work) =>
        ended !== undefined && (await hasEnded(work, pending.end, ended))
          ? { result: ended }
          : undefined,
    }));
    return records;
  }

  async renewClaims(replica: string, claimTime: number): Promise<Claims> {
    return this.#database.write({
      size: oneRow,
      sessionId: undefined,
      run: (work) => renewClaims(work, replica, claimTime),
    });
  }

  async getStopRequests(replica: string): Promise<readonly string[]> {
    const rows = await this.#database.read(this.#statements.turns.stopRequested({ replica }));
    return rows.map((row) => row.request_id);
  }

  async interruptLapsed(): Promise<number> {
    let count = 0;
    for (;;) {
      const rows = await this.#database.read(
        this.#statements.turns.lapsed({ limit: maxLapsedTurns }),
      );
      if (rows.length === 0) return count;
      const sessionIds = new Set(rows.map((row) => row.session_id));
      const counts = await Promise.all(
        Array.from(sessionIds, (sessionId) =>
          this.#database.write({
            size: interruptionSize,
            sessionId,
            run: (work) => interruptSession(work, sessionId),
          }),
        ),
      );
      const found = counts.reduce((sum, each) => sum + each, 0);
      count += found;
      if (found === 0 || rows.length < maxLapsedTurns) return count;
    }
  }

  async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
    let pending = toPendingChunks(chunks);
    for (;;) {
      const due = pending;
      pending = await this.#database.write({
        size: due.size,
        sessionId: undefined,
        run: (work) => appendChunks(work, replica, due),
      });
      if (pending.rowsOfTurns.size === 0) return;
      await setTimeout(busyPause);
    }
  }

  async getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]> {
    const rows = await this.#database.read(this.#statements.chunks.chunks({ requestId, from }));
    return rows.map(toChunk);
  }

  async requestStop(
    requestId: string,
    userId: string | undefined,
  ): Promise<TurnRecord | undefined> {
    return this.#database.write({
      size: oneRow,
      sessionId: this.#sessions.get(requestId),
      run: async (work) => {
        const { transaction, statements } = work;
        const [, { rows }] = await Promise.all([
          lockSessionOf(work, requestId),
          transaction.executeQuery(statements.turns.turn({ requestId })),
        ]);
        const row = rows.find((each) => isShown(each, userId));
        if (row === undefined) return undefined;
        const [turn] = await toTurns(readerOf(work), statements, [row]);
        if (turn === undefined) return undefined;
        const { sessionId, number } = turn;
        const { numAffectedRows } = await transaction.executeQuery(
          statements.turns.requestStops({ sessionId, from: number, to: number }),
        );
        return numAffectedRows === 1n ? { ...turn, stopRequested: true } : turn;
      },
    });
  }

  async getTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    const rows = await this.#database.read(this.#statements.turns.turn({ requestId }));
    const shown = rows.filter((row) => isShown(row, userId));
    return (await toTurns(this.#read, this.#statements, shown))[0];
  }

  async selectTurn(requestId: string, userId: string | undefined): Promise<TurnRecord | undefined> {
    return this.#database.write({
      size: oneRow,
      sessionId: this.#sessions.get(requestId),
      run: (work) => selectTurn(work, requestId, userId),
    });
  }

  async setFeedback(
    requestId: string,
    userId: string | undefined,
    given: TurnFeedback | undefined,
  ): Promise<TurnRecord | undefined> {
    const feedback = given && { ...given };
    return this.#database.write({
      size: oneRow,
      sessionId: this.#sessions.get(requestId),
      run: (work) => setFeedback(work, requestId, userId, feedback),
    });
  }

  async getTurns({
    sessionId,
    userId,
    before = maxTurnNumber,
    shown = false,
    limit,
  }: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
    const { sessions, turns } = this.#statements;
    const [session] = await this.#database.read(sessions.session({ sessionId }));
    if (session === undefined || !isShown(session, userId)) return undefined;
    const rows =
      shown && session.head !== null
        ? await this.#shownTurns(session, { before, limit })
        : await this.#database.read(turns.turns({ sessionId, before, limit }));
    return toTurns(this.#read, this.#statements, rows);
  }

  async getLiveTurns(
    sessionId: string,
    userId: string | undefined,
  ): Promise<readonly string[] | undefined> {
    const rows = await this.#database.read(this.#statements.turns.standing({ sessionId }));
    const standing = toStanding(rows);
    if (standing === undefined || !isShown(standing.session, userId)) return undefined;
    return standing.live.map(({ requestId }) => requestId);
  }

  async forgetIdempotencyKeys(olderThan: number): Promise<number> {
    const { oldKeys, forgetKey } = this.#statements.turns;
    const old = await this.#database.read(oldKeys({ olderThan, limit: maxForgottenKeys }));
    let count = 0;
    for (let start = 0; start < old.length; start += keysAtOnce) {
      const some = old.slice(start, start + keysAtOnce);
      count += await this.#database.write({
        size: { rows: some.length, characters: 0 },
        sessionId: undefined,
        run: async ({ transaction }) => {
          let forgotten = 0n;
          for (const turn of some) {
            const { numAffectedRows = 0n } = await transaction.executeQuery(forgetKey(turn));
            forgotten += numAffectedRows;
          }
          return Number(forgotten);
        },
      });
    }
    return count;
  }

  /** The newest turns of the path that is shown of a session with versions, below a number. */
  async #shownTurns(
    { session_id: sessionId }: SessionRow,
    { before, limit }: { readonly before: number; readonly limit: number },
  ): Promise<readonly FullTurnRow[]> {
    const { turns } = this.#statements;
    const standing = toStanding(await this.#database.read(turns.standing({ sessionId })));
    const tree = await readTree(this.#read, this.#statements, sessionId);
    const head = standing?.session.head ?? 0;
    const last = standing?.live.at(-1)?.number;
    const end = last === undefined || tree.isOn(last, head) ? head : last;
    const numbers = tree
      .behind(0, end)
      .filter((number) => number < before)
      .slice(0, limit);
    const rows = await Promise.all(turns.turnsOf(numbers, { sessionId }).map(this.#read));
    return rows.flat().toSorted((one, other) => other.number - one.number);
  }

  readonly #read: Read = (query) => this.#database.read(query);

  get #statements(): StoreDatabase["statements"] {
    return this.#database.statements;
  }
}
