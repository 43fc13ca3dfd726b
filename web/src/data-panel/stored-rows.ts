import { type ReadonlySignal, signal } from "@preact/signals";
import { notifyFailure } from "../notices/notices.ts";
import { Refusal } from "../wire/request.ts";
import { listRows, type RowPage } from "../wire/sessions.ts";

const pageSize = 50;

/** The rows of a session, as they are in the database, page by page. */
export class StoredRows {
  readonly #sessionId: string;
  readonly #page = signal<RowPage | undefined>(undefined);
  readonly #isFailed = signal(false);
  #reading = new AbortController();

  /** All that has been read; undefined until the first answer. */
  readonly page: ReadonlySignal<RowPage | undefined> = this.#page;
  readonly isFailed: ReadonlySignal<boolean> = this.#isFailed;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** Reads from the start again, as many as are shown. */
  async refresh(): Promise<void> {
    this.#reading.abort();
    this.#reading = new AbortController();
    const { signal: reading } = this.#reading;
    const limit = Math.min(Math.max(this.#page.peek()?.rows.length ?? 0, pageSize), 100);
    try {
      this.#page.value = await listRows(this.#sessionId, { limit }, reading);
      this.#isFailed.value = false;
    } catch (error) {
      if (reading.aborted) return;
      const isMissing = error instanceof Refusal && error.status === 404;
      // A session without a turn does not exist yet.
      if (isMissing) this.#page.value = { sql: null, columns: [], rows: [], next_cursor: null };
      else this.#isFailed.value = true;
    }
  }

  async showMore(): Promise<void> {
    const page = this.#page.peek();
    if (page?.next_cursor === null || page === undefined) return;
    const { signal: reading } = this.#reading;
    const parameters = { limit: pageSize, cursor: page.next_cursor };
    try {
      const next = await listRows(this.#sessionId, parameters, reading);
      if (!reading.aborted) this.#page.value = { ...next, rows: [...page.rows, ...next.rows] };
    } catch (error) {
      if (!reading.aborted) notifyFailure(error);
    }
  }
}
