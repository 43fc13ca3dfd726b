import type { DatabaseSync } from "node:sqlite";
import type { Written } from "../../sql/database.ts";

/** How many pages the write-ahead log has at the most before SQLite checkpoints by itself. */
export const latestCheckpointPages = 8000;

const checkpointPages = 1000;
const pageSize = 4096;

/**
 * Checkpoints the write-ahead log between transactions, each time that it has about a thousand
 * pages: SQLite's own checkpoints, within a commit, hold up that commit.
 */
export class Checkpoints {
  readonly #database: DatabaseSync;
  /** How many pages a row was found to change: fewer where more rows share a transaction. */
  #pagesOfRow = 2;
  #rows = 0;
  #textPages = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** To be called after each transaction that writes. */
  afterWrite({ rows, characters }: Written): void {
    this.#rows += rows;
    this.#textPages += characters / pageSize;
    if (this.#rows * this.#pagesOfRow + this.#textPages < checkpointPages) return;
    const result = this.#database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
    const pages = Number(result?.["log"]);
    if (this.#rows > 0 && pages > 0) {
      const found = (pages - this.#textPages) / this.#rows;
      this.#pagesOfRow = Math.min(Math.max(found, 0.1), 4);
    }
    this.#rows = 0;
    this.#textPages = 0;
  }
}
