import type { Logger } from "../logger.ts";
import type { TurnChunk, TurnStore } from "../session/turn-store.ts";
import { toLoggable } from "./failure.ts";
import type { Run } from "./run.ts";

/** How a {@link ChunkWriter} is made. */
export interface ChunkWriterOptions {
  readonly store: TurnStore;
  readonly logger: Logger;
  readonly replica: string;
  /** How often what was said is written, in milliseconds. */
  readonly interval: number;
}

interface Progress {
  readonly run: Run;
  /** How many pieces are written. */
  pieces: number;
  /** How many chunks that was. */
  chunks: number;
  /** Up to which piece a write went that failed: it may have been kept, so the same is sent again. */
  sent: number | undefined;
}

/**
 * Writes what live runs have said, all of them in one statement at an interval, so that another
 * replica can go on with their streams and an interrupted one keeps its part. A run that ends
 * within one interval costs nothing.
 */
export class ChunkWriter {
  readonly #options: ChunkWriterOptions;
  readonly #progress = new Map<Run, Progress>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChunkWriterOptions) {
    this.#options = options;
  }

  /** Follows a run until it is removed. */
  add(run: Run): void {
    this.#progress.set(run, { run, pieces: 0, chunks: 0, sent: undefined });
    if (this.#timer === undefined) this.#schedule();
  }

  remove(run: Run): void {
    this.#progress.delete(run);
    if (this.#progress.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#write(), this.#options.interval);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const { store, replica, logger } = this.#options;
    const due = [...this.#progress.values()]
      .map((progress) => ({ progress, length: progress.sent ?? progress.run.length }))
      .filter(({ progress, length }) => length > progress.pieces);
    if (due.length > 0) {
      for (const { progress, length } of due) progress.sent = length;
      try {
        await store.appendChunks(
          replica,
          due.map(({ progress, length }) => toChunk(progress, length)),
        );
        for (const { progress, length } of due) {
          progress.pieces = length;
          progress.chunks += 1;
          progress.sent = undefined;
        }
      } catch (error) {
        const problem = { error: toLoggable(error, []) };
        logger.warn(problem, "what runs have said could not be written, and is tried again");
      }
    }
    if (this.#progress.size > 0) this.#schedule();
  }
}

function toChunk({ run, pieces, chunks }: Progress, length: number): TurnChunk {
  const { content, fields, parts } = run.between(pieces, length);
  return {
    requestId: run.requestId,
    number: chunks,
    content,
    // The first chunk tells whose text it is.
    fields: { ...fields, ...(chunks === 0 ? run.answer : {}) },
    ...(parts.length === 0 ? {} : { parts }),
  };
}
