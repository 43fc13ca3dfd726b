import type { JSONValue } from "../../../src/json.ts";
import type { RowsQuery, StoredRows } from "../../../src/session/session-index.ts";
import { type SketchRow, type SketchSession, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

type Shown = StoredRows | undefined;

const asStored = "the rows of a session are shown as they are stored, newest first";
const inPages = "the rows of a session are shown in pages, none twice and none left out";
const marked = "rows that are marked as deleted are shown, with their mark";
const ownAlone = "rows are shown to the session's user alone, and not of a deleted session";

/** Rows that are shown otherwise than they are. */
export const rowMutants: readonly StoreMutant[] = [
  {
    fault: "shows rows from the oldest on",
    caughtBy: asStored,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        return shown && { ...shown, rows: shown.rows.toReversed() };
      }
    },
  },
  {
    fault: "shows the rows of sessions whose ids look alike",
    caughtBy: asStored,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        const others = this.shelf.rows.filter(
          ({ sessionId }) =>
            sessionId.toLowerCase() === query.sessionId && sessionId !== query.sessionId,
        );
        return (
          shown && { ...shown, rows: [...shown.rows, ...others.map((row) => this.toValues(row))] }
        );
      }
    },
  },
  {
    fault: "shows the content of a row alone",
    caughtBy: asStored,
    Store: class extends SketchStore {
      override toValues(row: SketchRow): JSONValue[] {
        const { content } = JSON.parse(row.value) as { content: JSONValue };
        return super.toValues(row).with(4, JSON.stringify({ content }));
      }
    },
  },
  {
    fault: "shows a column less",
    caughtBy: asStored,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        return shown && { ...shown, columns: shown.columns.slice(0, 7) };
      }
    },
  },
  {
    fault: "shows no row behind the first page",
    caughtBy: inPages,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        return shown && { ...shown, next: undefined };
      }
    },
  },
  {
    fault: "tells of a next page behind the last",
    caughtBy: inPages,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        const [id, , , , , , updatedAt] = (shown?.rows.at(-1) ?? []) as readonly string[];
        return shown && { ...shown, next: { id: id ?? "", updatedAt: updatedAt ?? "" } };
      }
    },
  },
  {
    fault: "leaves out rows that are marked as deleted",
    caughtBy: marked,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const shown = await super.getRows(query);
        return shown && { ...shown, rows: shown.rows.filter((row) => row[7] === false) };
      }
    },
  },
  {
    fault: "shows rows as if none were deleted",
    caughtBy: marked,
    Store: class extends SketchStore {
      override toValues(row: SketchRow): JSONValue[] {
        return super.toValues(row).with(7, 0);
      }
    },
  },
  {
    fault: "shows rows to whoever knows the session",
    caughtBy: ownAlone,
    Store: class extends SketchStore {
      override async getRows(query: RowsQuery): Promise<Shown> {
        const { userId } = this.sessionOf(query.sessionId) ?? query;
        return super.getRows({ ...query, userId });
      }
    },
  },
  {
    fault: "shows the rows of a deleted session",
    caughtBy: ownAlone,
    Store: class extends SketchStore {
      showing = false;
      override isHidden(session: SketchSession): boolean {
        return !this.showing && super.isHidden(session);
      }
      override async getRows(query: RowsQuery): Promise<Shown> {
        this.showing = true;
        const shown = await super.getRows(query);
        this.showing = false;
        return shown;
      }
    },
  },
];
