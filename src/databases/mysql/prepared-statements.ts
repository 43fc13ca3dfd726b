import type { Connection, Prepare } from "mariadb";

const maxStatements = 500;

/**
 * The statements of a connection: each is prepared when it is first executed, and they are executed in
 * the order in which they were asked for.
 *
 * The driver would by itself send the preparation and the execution together. A node of a cluster may
 * refuse the first alone, and then executes what was prepared before in place of the second; of what
 * that answers the driver raises an error that nobody can catch.
 */
export class PreparedStatements {
  readonly #client: Connection;
  readonly #statements = new Map<string, Prepare>();
  /** Fulfilled when the last that had to wait for a preparation was sent; undefined where none waits. */
  #lastSent: Promise<unknown> | undefined;

  constructor(client: Connection) {
    this.#client = client;
  }

  async execute<Result>(sql: string, values: readonly unknown[]): Promise<Result> {
    const known = this.#statements.get(sql);
    if (known !== undefined && this.#lastSent === undefined) return known.execute([...values]);
    const sent = this.#sendAfter<Result>(this.#lastSent, sql, values);
    this.#lastSent = sent;
    let answer: Promise<Result>;
    try {
      ({ answer } = await sent);
    } finally {
      if (this.#lastSent === sent) this.#lastSent = undefined;
    }
    return await answer;
  }

  async #sendAfter<Result>(
    before: Promise<unknown> | undefined,
    sql: string,
    values: readonly unknown[],
  ): Promise<{ readonly answer: Promise<Result> }> {
    // Whether that failed is told to whoever asked for it.
    await before?.catch(() => undefined);
    const statement = this.#statements.get(sql) ?? (await this.#prepare(sql));
    return { answer: statement.execute([...values]) };
  }

  async #prepare(sql: string): Promise<Prepare> {
    const statement = await this.#client.prepare(sql);
    const [oldest] = this.#statements;
    if (oldest !== undefined && this.#statements.size >= maxStatements) {
      this.#statements.delete(oldest[0]);
      oldest[1].close();
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}
