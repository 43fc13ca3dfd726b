import type {
  HistoryQuery,
  SessionRecord,
  TurnMessages,
} from "../../../src/session/session-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Histories of the wrong records. */
export const historyMutants: readonly StoreMutant[] = [
  {
    fault: "answers the newest first",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return super.choose(rows, limit).toReversed();
      }
    },
  },
  {
    fault: "answers the oldest in place of the newest",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return rows.slice(0, limit);
      }
    },
  },
  {
    fault: "ignores the limit",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[]): readonly SketchRow[] {
        return rows;
      }
    },
  },
  {
    fault: "answers all at a limit of 0",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return rows.slice(-limit);
      }
    },
  },
  {
    fault: "answers one more than the limit",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return super.choose(rows, limit === 0 ? 0 : limit + 1);
      }
    },
  },
  {
    fault: "never answers more than three",
    caughtBy: "the newest come, as many as asked for, oldest first",
    Store: class extends SketchStore {
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return super.choose(rows, Math.min(limit, 3));
      }
    },
  },
  {
    fault: "answers other ids than it stores",
    caughtBy: "a turn is read as appendTurn answered it",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        const records = await super.appendTurn(turn);
        return records.map((record) => Object.assign(record, { id: this.toId(record.updatedAt) }));
      }
    },
  },
  {
    fault: "forgets the request",
    caughtBy: "a turn is read as appendTurn answered it",
    Store: class extends SketchStore {
      override toRows(turn: TurnMessages): SketchRow[] {
        return super.toRows({ ...turn, requestId: turn.sessionId });
      }
    },
  },
  {
    fault: "shares sessions",
    caughtBy: "unknown sessions and keys have no history",
    Store: class extends SketchStore {
      override async getHistory(query: HistoryQuery): Promise<SessionRecord[]> {
        return super.getHistory({ ...query, sessionId: this.rows()[0]?.sessionId ?? "" });
      }
    },
  },
  ...comparisons({
    "folds case": (text) => text.toLowerCase(),
    "ignores spaces at the end": (text) => text.trimEnd(),
    "ignores spaces at the start": (text) => text.trimStart(),
    "ignores accents": (text) => text.normalize("NFD").replaceAll(/\p{M}/gu, ""),
    "takes compatible characters for each other": (text) => text.normalize("NFKC"),
    "leaves out characters that are not shown": (text) => text.replaceAll("\u200b", ""),
    "cannot tell emoji apart": (text) => text.replaceAll(/\p{Emoji_Presentation}/gu, "?"),
    "takes digits for numbers": (text) => (/^\d+$/.test(text) ? String(Number(text)) : text),
    "reads escapes": (text) => text.replaceAll("\\", ""),
  }),
  {
    fault: "takes a key for a pattern",
    caughtBy: "session ids and keys compare byte by byte",
    Store: class extends SketchStore {
      override isSame(stored: string, wanted: string): boolean {
        const literal = wanted.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
        return new RegExp(`^${literal.replaceAll("%", ".*").replaceAll("_", ".")}$`).test(stored);
      }
    },
  },
  {
    fault: "cuts session ids at 35 characters",
    caughtBy: "the longest ids and keys are kept whole",
    Store: class extends SketchStore {
      override isSame(stored: string, wanted: string): boolean {
        return stored.slice(0, 35) === wanted.slice(0, 35);
      }
    },
  },
  {
    fault: "cuts keys at 128 UTF-16 units",
    caughtBy: "the longest ids and keys are kept whole",
    Store: class extends SketchStore {
      override isSame(stored: string, wanted: string): boolean {
        return stored.slice(0, 128) === wanted.slice(0, 128);
      }
    },
  },
  {
    fault: "reads deleted records",
    caughtBy: "records that are marked as deleted do not count",
    Store: class extends SketchStore {
      override isDeleted(): boolean {
        return false;
      }
    },
  },
  {
    fault: "counts deleted records against the limit",
    caughtBy: "records that are marked as deleted do not count",
    Store: class extends SketchStore {
      override isDeleted(): boolean {
        return false;
      }
      override choose(rows: readonly SketchRow[], limit: number): readonly SketchRow[] {
        return super.choose(rows, limit).filter((row) => !row.deleted);
      }
    },
  },
  {
    fault: "gives out its own list",
    caughtBy: "what a reader does to an answer changes nothing in the store",
    Store: class extends SketchStore {
      override async getHistory(query: HistoryQuery): Promise<SessionRecord[]> {
        const records = await super.getHistory(query);
        const { rows } = this.shelf;
        return new Proxy(records, {
          set(target, name, value) {
            if (name === "length") rows.length = 0;
            return Reflect.set(target, name, value);
          },
        });
      }
    },
  },
];

function comparisons(
  forms: Readonly<Record<string, (text: string) => string>>,
): readonly StoreMutant[] {
  return Object.entries(forms).map(([fault, form]) => ({
    fault: `compares ids and keys so that it ${fault}`,
    caughtBy: "session ids and keys compare byte by byte",
    Store: class extends SketchStore {
      override isSame(stored: string, wanted: string): boolean {
        return form(stored) === form(wanted);
      }
    },
  }));
}
