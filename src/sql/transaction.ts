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
    await connection.begin();
    let result: Result;
    try {
      result = await work(connection);
    } catch (error) {
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
