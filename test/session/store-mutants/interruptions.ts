import { Message } from "../../../src/message/message.ts";
import type { NewTurn, TurnChunk, TurnRecord } from "../../../src/session/turn-store.ts";
import { SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Turns of which too little or too much is left. */
export const interruptionMutants: readonly StoreMutant[] = [
  ...Object.entries({
    "loses the part of an interrupted turn": () => [],
    "keeps the newest chunk as the part": (chunks: readonly TurnChunk[]) => chunks.slice(-1),
    "keeps the first chunk as the part": (chunks: readonly TurnChunk[]) => chunks.slice(0, 1),
    "joins chunks in any order": (chunks: readonly TurnChunk[]) => chunks.toReversed(),
    "keeps the part's text alone": (chunks: readonly TurnChunk[]) =>
      chunks.map(({ fields: _fields, ...chunk }) => ({ ...chunk, fields: {} })),
  }).map(([fault, choose]): StoreMutant => ({
    fault,
    caughtBy: "an interrupted turn keeps its question, and what its chunks hold as its answer",
    Store: class extends SketchStore {
      override toPart(chunks: readonly TurnChunk[]): Message | undefined {
        return super.toPart(choose(chunks));
      }
    },
  })),
  {
    fault: "loses the part where another turn finds the interrupted one",
    caughtBy: "an interrupted turn keeps its question, and what its chunks hold as its answer",
    Store: class extends SketchStore {
      override async beginTurn(
        turn: NewTurn,
      ): Promise<{ readonly turn: TurnRecord; readonly isNew: boolean }> {
        for (const lapsed of this.lapsedTurns(turn.sessionId)) this.removeChunks(lapsed);
        return super.beginTurn(turn);
      }
    },
  },
  {
    fault: "keeps the chunks of an interrupted turn",
    caughtBy: "an interrupted turn keeps its question, and what its chunks hold as its answer",
    Store: class extends SketchStore {
      override removeChunks(turn: SketchTurn): void {
        if (turn.state !== "interrupted") super.removeChunks(turn);
      }
    },
  },
  {
    fault: "takes nothing for an empty answer",
    caughtBy: "an interrupted turn that had said nothing has no answer",
    Store: class extends SketchStore {
      override toPart(chunks: readonly TurnChunk[]): Message | undefined {
        return super.toPart(chunks) ?? new Message("");
      }
    },
  },
  {
    fault: "interrupts one turn at a time",
    caughtBy: "every turn whose claim has lapsed is interrupted and counted, and no other",
    Store: class extends SketchStore {
      override lapsedTurns(sessionId: string | undefined): SketchTurn[] {
        return super.lapsedTurns(sessionId).slice(0, 1);
      }
    },
  },
  {
    fault: "interrupts running turns alone",
    caughtBy: "every turn whose claim has lapsed is interrupted and counted, and no other",
    Store: class extends SketchStore {
      override lapsedTurns(sessionId: string | undefined): SketchTurn[] {
        return super.lapsedTurns(sessionId).filter(({ state }) => state === "running");
      }
    },
  },
  {
    fault: "leaves the turns of a deleted session as they are",
    caughtBy: "every turn whose claim has lapsed is interrupted and counted, and no other",
    Store: class extends SketchStore {
      override lapsedTurns(sessionId: string | undefined): SketchTurn[] {
        return super
          .lapsedTurns(sessionId)
          .filter((turn) => this.sessionOf(turn.sessionId)?.deleted !== true);
      }
    },
  },
  {
    fault: "interrupts every turn that has not ended",
    caughtBy: "every turn whose claim has lapsed is interrupted and counted, and no other",
    Store: class extends SketchStore {
      override lapsedTurns(sessionId: string | undefined): SketchTurn[] {
        return this.shelf.turns.filter(
          (turn) =>
            !this.hasEnded(turn) && (sessionId === undefined || turn.sessionId === sessionId),
        );
      }
    },
  },
  {
    fault: "gives every interrupted turn the part of the first",
    caughtBy: "every turn whose claim has lapsed is interrupted and counted, and no other",
    Store: class extends SketchStore {
      override interruptAll(turns: readonly SketchTurn[]): void {
        const [first] = turns;
        super.interruptAll(turns);
        for (const turn of turns) turn.answer = first?.answer;
      }
    },
  },
  {
    fault: "stores what an interrupted turn had said as a message",
    caughtBy: "what an interrupted turn had said is in no history",
    Store: class extends SketchStore {
      override interruptAll(turns: readonly SketchTurn[]): void {
        for (const { requestId, sessionId } of turns) {
          const message = this.toPart(this.chunksOf(requestId)) ?? new Message("");
          this.store({ requestId, sessionId, messages: [{ messageKey: "answer", message }] });
        }
        super.interruptAll(turns);
      }
    },
  },
];
