import { setTimeout } from "node:timers/promises";
import { Pool, TimeoutError } from "tarn";
import type { WritingConnection } from "../database.ts";
import type { ServerOptions } from "./server-options.ts";

/** A connection to a server. */
export interface ServerConnection extends WritingConnection {
  /** Whether it must not be used any more. */
  readonly isBroken: boolean;
  /** Closes it; does not throw, and does not wait for a server that does not answer. */
  close(): Promise<void>;
}

/** A host of {@link ServerOptions}. */
export type ServerHost = ServerOptions["hosts"][number];

/** No connection became free in time. */
export class PoolTimeout extends Error {
  constructor(cause: unknown) {
    super("No connection became free in time.", { cause });
    this.name = "PoolTimeout";
  }
}

// A pool that cannot connect tells so at once, and whoever waits for it tries again by itself.
const createRetryPause = 200;
const idleTime = 60_000;

/**
 * Connections to a server that are used again, at most so many. Each is made to the first of the
 * hosts that takes it, beginning with the one that took the last; one that broke is never given out.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #options: ServerOptions;
  readonly #connect: (host: ServerHost) => Promise<ServerConnection>;
  readonly #pool: Pool<ServerConnection>;
  #lastHost = 0;

  /** @param connect makes a connection; rejected where the host does not take one. */
  constructor(options: ServerOptions, connect: (host: ServerHost) => Promise<ServerConnection>) {
    this.#options = options;
    this.#connect = connect;
    this.#pool = new Pool({
      create: () => this.connect(),
      destroy: (connection) => connection.close(),
      validate: (connection) => !connection.isBroken,
      min: 0,
      max: options.poolSize,
      acquireTimeoutMillis: options.poolTimeout,
      // Each host has its own time, which is over by then.
      createTimeoutMillis: (options.connectTimeout + 1000) * options.hosts.length,
      createRetryIntervalMillis: createRetryPause,
      idleTimeoutMillis: idleTime,
      propagateCreateError: true,
    });
  }

  /**
   * A connection that nobody else uses until it is released.
   * @throws PoolTimeout where all are in use for too long; what connecting throws.
   */
  async acquire(): Promise<ServerConnection> {
    try {
      return await this.#pool.acquire().promise;
    } catch (error) {
      throw error instanceof TimeoutError ? new PoolTimeout(error) : error;
    }
  }

  release(connection: ServerConnection): void {
    this.#pool.release(connection);
  }

  /** A connection beside the pool, which its caller closes. */
  async connect(): Promise<ServerConnection> {
    const { hosts } = this.#options;
    const errors: unknown[] = [];
    for (let index = 0; index < hosts.length; index += 1) {
      const place = (this.#lastHost + index) % hosts.length;
      const host = hosts[place];
      if (host === undefined) continue;
      try {
        const connection = await this.#connect(host);
        this.#lastHost = place;
        return connection;
      } catch (error) {
        errors.push(error);
      }
    }
    throw errors.length > 1
      ? new AggregateError(errors, "No host of the database takes a connection.", {
          cause: errors[0],
        })
      : errors[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever still waits for a connection would keep the pool from ending.
    await Promise.race([
      this.#pool.destroy(),
      setTimeout(this.#options.connectTimeout, undefined, { ref: false }),
    ]);
  }
}
