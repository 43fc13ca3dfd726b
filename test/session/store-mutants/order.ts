import { randomUUID } from "node:crypto";
import { formatTime, parseTime } from "../../../src/session/record-time.ts";
import type { TurnMessages } from "../../../src/session/session-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Orders that differ from the one. */
export const orderMutants: readonly StoreMutant[] = [
  {
    fault: "gives a turn's messages one time",
    caughtBy: "records have the order of their turns, and within a turn that of its messages",
    Store: class extends SketchStore {
      override times(newest: string | undefined, count: number): string[] {
        return super.times(newest, 1).flatMap((time) => Array<string>(count).fill(time));
      }
    },
  },
  {
    fault: "keeps times to the millisecond",
    caughtBy: "a clock that stands still does not make ties",
    Store: class extends SketchStore {
      override times(newest: string | undefined, count: number): string[] {
        return super.times(newest, count).map((time) => `${time.slice(0, 23)}000`);
      }
    },
  },
  {
    fault: "orders by the clock alone",
    caughtBy: "a clock that steps back by an hour does not change the order",
    Store: class extends SketchStore {
      override times(_newest: string | undefined, count: number): string[] {
        return super.times(undefined, count);
      }
    },
  },
  {
    fault: "looks for the newest time under a turn's own keys alone",
    caughtBy: "a clock that steps back by an hour does not change the order",
    Store: class extends SketchStore {
      keys: readonly string[] = [];
      override toRows(turn: TurnMessages): SketchRow[] {
        this.keys = turn.messages.map(({ messageKey }) => messageKey);
        return super.toRows(turn);
      }
      override newestTime(sessionId: string): string | undefined {
        return this.rows()
          .filter((row) => row.sessionId === sessionId && this.keys.includes(row.messageKey))
          .map(({ updatedAt }) => updatedAt)
          .at(-1);
      }
    },
  },
  {
    fault: "remembers the newest time by itself, and knows nothing of other stores",
    caughtBy: "stores whose clocks are an hour apart keep one order",
    Store: class extends SketchStore {
      readonly newest = new Map<string, string>();
      override newestTime(sessionId: string): string | undefined {
        return this.newest.get(sessionId);
      }
      override add(rows: readonly SketchRow[]): void {
        super.add(rows);
        for (const { sessionId, updatedAt } of rows) this.newest.set(sessionId, updatedAt);
      }
    },
  },
  {
    fault: "forgets the times of deleted records",
    caughtBy: "records that are marked as deleted keep their place in the order",
    Store: class extends SketchStore {
      override newestTime(sessionId: string): string | undefined {
        return this.rows()
          .filter((row) => row.sessionId === sessionId && !row.deleted)
          .map(({ updatedAt }) => updatedAt)
          .toSorted()
          .at(-1);
      }
    },
  },
  {
    fault: "puts every record a day ahead of the clock",
    caughtBy: "a record's time is the clock's where nothing newer is there",
    Store: class extends SketchStore {
      override times(newest: string | undefined, count: number): string[] {
        return newest === undefined
          ? super.times(newest, count).map((time) => formatTime(parseTime(time) + 86_400_000_000n))
          : super.times(newest, count);
      }
    },
  },
  {
    fault: "makes ids that do not sort",
    caughtBy: "records have the order of their turns, and within a turn that of its messages",
    Store: class extends SketchStore {
      override toId(): string {
        return randomUUID();
      }
    },
  },
];
