import type { MessagesQuery } from "../../../src/session/session-index.ts";
import type { SessionRecord } from "../../../src/session/session-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

type Records = readonly SessionRecord[] | undefined;

/** Records of a session that are read wrongly. */
export const messageMutants: readonly StoreMutant[] = [
  {
    fault: "reads a session's records from the oldest on",
    caughtBy: "a session's records are read newest first, as they were stored",
    Store: class extends SketchStore {
      override async getMessages(query: MessagesQuery): Promise<Records> {
        return (await super.getMessages(query))?.toReversed();
      }
    },
  },
  {
    fault: "reads records under every key",
    caughtBy: "a session's records are read newest first, as they were stored",
    Store: class extends SketchStore {
      override async getMessages(query: MessagesQuery): Promise<Records> {
        return super.getMessages({ ...query, messageKey: undefined });
      }
    },
  },
  {
    fault: "reads a session's records one key after another",
    caughtBy: "a session's records are read newest first, as they were stored",
    Store: class extends SketchStore {
      override compareRows(one: SketchRow, other: SketchRow): number {
        if (one.messageKey !== other.messageKey) return one.messageKey < other.messageKey ? -1 : 1;
        return super.compareRows(one, other);
      }
    },
  },
  {
    fault: "leaves out what a turn of nobody stored",
    caughtBy: "a session's records are read newest first, as they were stored",
    Store: class extends SketchStore {
      override async getMessages(query: MessagesQuery): Promise<Records> {
        const records = await super.getMessages(query);
        return records?.filter(({ requestId }) =>
          this.shelf.turns.some((turn) => turn.requestId === requestId),
        );
      }
    },
  },
  {
    fault: "repeats the record at the cursor",
    caughtBy: "a session's records are read in pages, none twice and none left out",
    Store: class extends SketchStore {
      pages = 0;
      override isOlder(row: SketchRow, before: NonNullable<MessagesQuery["before"]>): boolean {
        return row.id === before.id || super.isOlder(row, before);
      }
      override async getMessages(query: MessagesQuery): Promise<Records> {
        this.pages += 1;
        return this.pages > 1000 ? [] : super.getMessages(query);
      }
    },
  },
  {
    fault: "skips the record behind the cursor",
    caughtBy: "a session's records are read in pages, none twice and none left out",
    Store: class extends SketchStore {
      override async getMessages(query: MessagesQuery): Promise<Records> {
        const records = await super.getMessages({ ...query, limit: query.limit + 1 });
        return query.before === undefined
          ? records?.slice(0, query.limit)
          : records?.slice(1, query.limit + 1);
      }
    },
  },
  {
    fault: "reads all records at a limit of 0",
    caughtBy: "a session's records are read in pages, none twice and none left out",
    Store: class extends SketchStore {
      override async getMessages(query: MessagesQuery): Promise<Records> {
        return super.getMessages({ ...query, limit: query.limit === 0 ? 1000 : query.limit });
      }
    },
  },
  {
    fault: "skips the records of the cursor's time",
    caughtBy: "records of the same time, as other writers make them, are paged by their ids",
    Store: class extends SketchStore {
      override isOlder(row: SketchRow, before: NonNullable<MessagesQuery["before"]>): boolean {
        return row.updatedAt < before.updatedAt;
      }
    },
  },
  {
    fault: "leaves records of one time in the order they were written",
    caughtBy: "records of the same time, as other writers make them, are paged by their ids",
    Store: class extends SketchStore {
      override compareRows(one: SketchRow, other: SketchRow): number {
        return one.updatedAt === other.updatedAt ? 0 : super.compareRows(one, other);
      }
    },
  },
  {
    fault: "does not look for records of other writers",
    caughtBy: "records that another writer puts into a session are read with the others, in order",
    Store: class extends SketchStore {
      override newestTime(sessionId: string): string | undefined {
        return this.sessionOf(sessionId)?.updatedAt;
      }
    },
  },
  {
    fault: "reads a session's deleted records",
    caughtBy: "records that are marked as deleted are not among a session's",
    Store: class extends SketchStore {
      override isDeleted(row: SketchRow): boolean {
        return row.deletedWithSession;
      }
    },
  },
  {
    fault: "counts a session's deleted records against the limit",
    caughtBy: "records that are marked as deleted are not among a session's",
    Store: class extends SketchStore {
      all = false;
      override isDeleted(row: SketchRow): boolean {
        return !this.all && super.isDeleted(row);
      }
      override async getMessages(query: MessagesQuery): Promise<Records> {
        this.all = true;
        const records = await super.getMessages(query);
        this.all = false;
        const gone = new Set(this.rows().flatMap((row) => (this.isDeleted(row) ? [row.id] : [])));
        return records?.filter(({ id }) => !gone.has(id));
      }
    },
  },
];
