import type { CompiledQuery, Kysely, QueryResult } from "kysely";
import type { WritingConnection } from "./database.ts";
import type { Tables } from "./tables.ts";

/** Where the statements of a transaction are executed, also several at once. */
export interface Transaction {
  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
}

/** Whether a transaction was committed cannot be told: its connection broke while it was asked to be. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super("It is not known whether the transaction was committed.", { cause });
    this.name = "CommitUnknown";
  }
}

/**
 * Does the work in a transaction: all of it is kept where it is fulfilled, and none where it is
 * rejected, but for {@link CommitUnknown}. Kysely's own transactions would execute one statement
 * after another, and a driver can send the next one while it waits for the last one's answer.
 * @param isLost whether an error means that the connection broke.
 */
export async function transact<Result>(
  kysely: Kysely<Tables>,
  isLost: (error: unknown) => boolean,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return kysely.getExecutor().provideConnection(async (provided) => {
    const connection = provided as WritingConnection;
    const statements = new Statements(connection);
    await connection.begin();
    let result: Result;
    try {
      result = await work(statements);
    } catch (error) {
      await statements.end();
      await connection.rollback();
      throw error;
    }
    try {
      await connection.commit();
    } catch (error) {
      await connection.rollback();
      throw isLost(error) ? new CommitUnknown(error) : error;
    }
    return result;
  });
}

/** The statements of one transaction, on its connection. */
class Statements implements Transaction {
  readonly #connection: WritingConnection;
  readonly #asked: Promise<unknown>[] = [];
  #ended = false;

  constructor(connection: WritingConnection) {
    this.#connection = connection;
  }

  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    if (this.#ended) return Promise.reject(new Error("The transaction has ended."));
    const answer = this.#connection.executeQuery<Row>(query);
    this.#asked.push(answer);
    return answer;
  }

  /**
   * Takes no more, and waits for those that were asked for: work that has failed may have left some
   * under way, and what a driver sends behind the rollback would be committed by itself.
   */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#asked);
  }
}
