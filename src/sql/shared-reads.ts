import type { CompiledQuery, Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** How many reads go through a connection together at the most: others go through others at the same time. */
const maxReads = 8;

interface Reading {
  readonly query: CompiledQuery;
  readonly settle: PromiseWithResolvers<readonly unknown[]>;
}

/** Sends short reads that are asked for at the same time through one connection, one behind the other. */
export class SharedReads {
  readonly #kysely: Kysely<Tables>;
  #asked: Reading[] = [];

  /** @param kysely whose connections are sent statements before they have answered those before them. */
  constructor(kysely: Kysely<Tables>) {
    this.#kysely = kysely;
  }

  /** The rows that a statement answers. */
  read<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]> {
    // When all that can go on has gone on.
    if (this.#asked.length === 0) process.nextTick(() => this.#sendAll());
    const settle = Promise.withResolvers<readonly unknown[]>();
    this.#asked.push({ query, settle });
    return settle.promise as Promise<readonly Row[]>;
  }

  #sendAll(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let start = 0; start < asked.length; start += maxReads) {
      void this.#send(asked.slice(start, start + maxReads));
    }
  }

  async #send(readings: readonly Reading[]): Promise<void> {
    try {
      await this.#kysely.getExecutor().provideConnection(async (connection) => {
        await Promise.all(
          readings.map(async ({ query, settle }) => {
            try {
              settle.resolve((await connection.executeQuery(query)).rows);
            } catch (error) {
              settle.reject(error);
            }
          }),
        );
      });
    } catch (error) {
      // There was no connection to be had.
      for (const { settle } of readings) settle.reject(error);
    }
  }
}
