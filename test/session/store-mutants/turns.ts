import { Message } from "../../../src/message/message.ts";
import type { SessionRecord } from "../../../src/session/session-store.ts";
import { requestIdTaken } from "../../../src/session/turn-refusals.ts";
import type { NewTurn, TurnEnd, TurnRecord, TurnsQuery } from "../../../src/session/turn-store.ts";
import {
  type SketchEnd,
  type SketchSession,
  SketchStore,
  type SketchTurn,
} from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Turns that begin, end or are read wrongly. */
export const turnMutants: readonly StoreMutant[] = [
  {
    fault: "queues a session's first turn",
    caughtBy: "a session's first turn runs, and is read as beginTurn answered it",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        return { ...super.toTurn(turn, session), state: "queued" };
      }
    },
  },
  {
    fault: "counts turns from 0",
    caughtBy: "a session's first turn runs, and is read as beginTurn answered it",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        const begun = super.toTurn(turn, session);
        return { ...begun, number: begun.number - 1 };
      }
    },
  },
  {
    fault: "answers null for what is not there",
    caughtBy: "a session's first turn runs, and is read as beginTurn answered it",
    Store: class extends SketchStore {
      override toTurnRecord(turn: SketchTurn): TurnRecord {
        const record = super.toTurnRecord(turn);
        return { ...record, error: record.error ?? (null as unknown as undefined) };
      }
    },
  },
  {
    fault: "answers no turns for a session that is not there",
    caughtBy: "a turn that is not there is not read",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[]> {
        return (await super.getTurns(query)) ?? [];
      }
    },
  },
  ...["retryOf", "bodyHash"].map((name): StoreMutant => ({
    fault: `forgets a turn's ${name}`,
    caughtBy: "a turn keeps its question, its arguments, its hash and what it runs again",
    Store: class extends SketchStore {
      override toTurnRecord(turn: SketchTurn): TurnRecord {
        return super.toTurnRecord({ ...turn, [name]: undefined });
      }
    },
  })),
  {
    fault: "loses arguments with odd names",
    caughtBy: "a turn keeps its question, its arguments, its hash and what it runs again",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        const entries = Object.entries(turn.arguments).filter(([name]) => name !== "");
        return super.toTurn({ ...turn, arguments: Object.fromEntries(entries) }, session);
      }
    },
  },
  {
    fault: "keeps a question's text alone",
    caughtBy: "a turn keeps its question, its arguments, its hash and what it runs again",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        const { content, id } = turn.question;
        return super.toTurn({ ...turn, question: new Message(content, { id }) }, session);
      }
    },
  },
  {
    fault: "keeps the caller's own arguments",
    caughtBy: "what becomes of a request or an answer changes nothing in the store",
    Store: class extends SketchStore {
      override toTurn(turn: NewTurn, session: SketchSession): SketchTurn {
        return { ...super.toTurn(turn, session), arguments: turn.arguments };
      }
    },
  },
  {
    fault: "gives out what it knows of a session",
    caughtBy: "what becomes of a request or an answer changes nothing in the store",
    Store: class extends SketchStore {
      override toInfo(session: SketchSession): SketchSession {
        return session;
      }
    },
  },
  {
    fault: "does not say what a turn stored",
    caughtBy: "a complete turn has its messages in its session, its answer and its end",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        return (await super.endTurn(end)).slice(0, 0);
      }
    },
  },
  {
    fault: "stores a turn's messages under its session's id",
    caughtBy: "a complete turn has its messages in its session, its answer and its end",
    Store: class extends SketchStore {
      override store(turn: Parameters<SketchStore["store"]>[0]): readonly SessionRecord[] {
        return super.store({ ...turn, requestId: turn.sessionId });
      }
    },
  },
  {
    fault: "does not note when a turn ended",
    caughtBy: "a complete turn has its messages in its session, its answer and its end",
    Store: class extends SketchStore {
      override toTurnRecord(turn: SketchTurn): TurnRecord {
        return super.toTurnRecord({ ...turn, endedAt: undefined });
      }
    },
  },
  {
    fault: "fails where a turn adds nothing",
    caughtBy: "a complete turn may add nothing to its session",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        if (end.messages.length === 0) throw new RangeError("a turn without messages");
        return super.endTurn(end);
      }
    },
  },
  {
    fault: "takes the message with the answer's id for the answer",
    caughtBy: "a turn's answer is the one it ended with, whatever its messages are",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: SketchEnd): void {
        const same = (end.messages ?? []).find(({ message }) => message.id === end.answer?.id);
        super.finish(turn, { ...end, answer: same?.message ?? end.answer });
      }
    },
  },
  {
    fault: "takes the last message for the answer where there is none",
    caughtBy: "a turn's answer is the one it ended with, whatever its messages are",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: SketchEnd): void {
        super.finish(turn, { ...end, answer: end.answer ?? end.messages?.at(-1)?.message });
      }
    },
  },
  {
    fault: "stores the messages of complete turns alone",
    caughtBy: "a stopped turn keeps what it had said, also in its session",
    Store: class extends SketchStore {
      override adds({ state }: TurnEnd): boolean {
        return state === "complete";
      }
    },
  },
  {
    fault: "stores the messages of a failed turn",
    caughtBy: "a failed or interrupted turn keeps its part and its error, and adds no message",
    Store: class extends SketchStore {
      override adds({ state }: TurnEnd): boolean {
        return state !== "interrupted";
      }
    },
  },
  {
    fault: "stores the messages of an interrupted turn",
    caughtBy: "a failed or interrupted turn keeps its part and its error, and adds no message",
    Store: class extends SketchStore {
      override adds({ state }: TurnEnd): boolean {
        return state !== "failed";
      }
    },
  },
  {
    fault: "keeps the answers of complete turns alone",
    caughtBy: "a failed or interrupted turn keeps its part and its error, and adds no message",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: SketchEnd): void {
        super.finish(turn, { ...end, answer: end.state === "complete" ? end.answer : undefined });
      }
    },
  },
  {
    fault: "takes an error without a number for number 0",
    caughtBy: "a failed or interrupted turn keeps its part and its error, and adds no message",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: SketchEnd): void {
        const error = end.error === undefined ? undefined : { ...end.error };
        super.finish(turn, {
          ...end,
          error: error === undefined ? undefined : { ...error, number: error.number ?? 0 },
        });
      }
    },
  },
  {
    fault: "ends twice",
    caughtBy: "a turn ends once",
    Store: class extends SketchStore {
      override isLive(turn: SketchTurn): boolean {
        return turn.claimedUntil > this.moment();
      }
    },
  },
  {
    fault: "lets a turn be ended again in another way",
    caughtBy: "a turn ends once",
    Store: class extends SketchStore {
      override requireEndable(end: TurnEnd): SketchTurn {
        const turn = this.shelf.turns.find(({ requestId }) => requestId === end.requestId);
        if (turn?.endedAt !== undefined && turn.state !== end.state) return turn;
        return super.requireEndable(end);
      }
    },
  },
  {
    fault: "takes a turn that never began for one that has nothing to store",
    caughtBy: "a turn that never began cannot be claimed or ended",
    Store: class extends SketchStore {
      override async endTurn(end: TurnEnd): Promise<readonly SessionRecord[]> {
        if (this.shelf.turns.every(({ requestId }) => requestId !== end.requestId)) return [];
        return super.endTurn(end);
      }
    },
  },
  {
    fault: "takes a request id again",
    caughtBy: "a request id belongs to one turn",
    Store: class extends SketchStore {
      override requireNewId(): void {}
    },
  },
  {
    fault: "takes a request id again in another session",
    caughtBy: "a request id belongs to one turn",
    Store: class extends SketchStore {
      override requireNewId({ requestId, sessionId }: NewTurn): void {
        for (const turn of this.shelf.turns) {
          if (turn.requestId === requestId && turn.sessionId === sessionId) {
            throw requestIdTaken(requestId);
          }
        }
      }
    },
  },
  {
    fault: "counts a turn that it refuses",
    caughtBy: "a request id belongs to one turn",
    Store: class extends SketchStore {
      override requireNewId(turn: NewTurn): void {
        const session = this.useSession(turn.sessionId, turn.userId);
        session.turns += 1;
        super.requireNewId(turn);
        session.turns -= 1;
      }
    },
  },
  ...Object.entries({
    "reads turns from the oldest on": (query: TurnsQuery) => ({ ...query, limit: 1000 }),
    "reads a turn too many": (query: TurnsQuery) => ({ ...query, limit: query.limit + 1 }),
    "reads the turn at the cursor again": (query: TurnsQuery) => ({
      ...query,
      before: query.before === undefined ? undefined : query.before + 1,
    }),
    "forgets the cursor of turns": (query: TurnsQuery) => ({ ...query, before: undefined }),
  }).map(([fault, change]): StoreMutant => ({
    fault,
    caughtBy: "turns are read newest first, as many as asked for, from a number back",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        return super.getTurns(change(query));
      }
    },
  })),
  {
    fault: "reads no turn that is live",
    caughtBy: "turns are read newest first, as many as asked for, from a number back",
    Store: class extends SketchStore {
      override async getTurns(query: TurnsQuery): Promise<readonly TurnRecord[] | undefined> {
        return (await super.getTurns(query))?.filter(({ endedAt }) => endedAt !== undefined);
      }
    },
  },
  {
    fault: "gives a turn the clock's time",
    caughtBy: "the times of turns and of what they add never go back",
    Store: class extends SketchStore {
      override turnTime(): string {
        return this.clock();
      }
    },
  },
  {
    fault: "gives records no time after their turn's",
    caughtBy: "the times of turns and of what they add never go back",
    Store: class extends SketchStore {
      override times(_newest: string | undefined, count: number): string[] {
        return super.times(undefined, count);
      }
    },
  },
  {
    fault: "keeps what a stopped turn said when it is run again",
    caughtBy: "a turn that is run again takes the place of what it had said before it was stopped",
    Store: class extends SketchStore {
      override hideRetried(): void {}
    },
  },
  {
    fault: "hides the messages of another session's turn for a turn that runs it again",
    caughtBy: "a turn takes no place where it is refused, known already, or of another session",
    Store: class extends SketchStore {
      override hideRetried({ retryOf }: NewTurn): void {
        for (const row of this.shelf.rows) if (row.requestId === retryOf) row.deleted = true;
      }
    },
  },
  {
    fault: "hides what a turn said for a turn that it then refuses",
    caughtBy: "a turn takes no place where it is refused, known already, or of another session",
    Store: class extends SketchStore {
      override requireRoom(turn: NewTurn): void {
        this.hideRetried(turn);
        super.requireRoom(turn);
      }
    },
  },
];
