import {
  type CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { describe, expect, test } from "vitest";
import type { WritingConnection } from "../../src/sql/database.ts";
import { StoreStatements } from "../../src/sql/statements/store-statements.ts";
import type { Tables } from "../../src/sql/tables.ts";
import { CommitUnknown, transact } from "../../src/sql/transaction.ts";

/** A connection that notes what it is sent, and answers when it is told to. */
class ScriptedConnection implements WritingConnection {
  readonly sent: string[] = [];
  readonly began = Promise.withResolvers<void>();
  rows: readonly object[] = [];
  changed = 1n;
  /** What the answer to a statement that writes waits for. */
  written: Promise<void> = Promise.resolve();
  committed: Promise<void> = Promise.resolve();

  begin(): Promise<void> {
    this.sent.push("begin");
    return this.began.promise;
  }

  async commit(): Promise<void> {
    this.sent.push("commit");
    await this.committed;
  }

  async rollback(): Promise<void> {
    this.sent.push("rollback");
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    this.sent.push(`${sql.slice(0, 6)} ${parameters.join(" ")}`);
    if (!sql.startsWith("select")) await this.written;
    return { rows: [...this.rows] as Row[], numAffectedRows: this.changed };
  }

  // oxlint-disable-next-line require-yield -- nothing is streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError("Queries are not streamed.");
  }
}

function open() {
  const connection = new ScriptedConnection();
  const driver = new DummyDriver();
  driver.acquireConnection = () => Promise.resolve(connection as DatabaseConnection);
  const kysely = new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  });
  const statements = new StoreStatements(kysely, { epochMilliseconds: "0", locksRows: true });
  const isLost = (): boolean => false;
  return { connection, kysely, statements, options: { pipelines: true, isLost } };
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a transaction whose statements are sent without waiting", () => {
  test("sends its first reads along with its beginning, and nothing that writes", async () => {
    const { connection, kysely, statements, options } = open();
    const { session, setTitle } = statements.sessions;
    const done = transact(kysely, options, (transaction) =>
      Promise.all([
        transaction.executeQuery(session({ sessionId: "one" })),
        transaction
          .executeQuery(session({ sessionId: "two" }))
          .then(() => transaction.executeQuery(setTitle({ sessionId: "two", title: "t" }))),
      ]),
    );
    await pause();
    expect(connection.sent).toEqual(["begin", "select one", "select two"]);
    connection.began.resolve();
    await done;
    expect(connection.sent.slice(3)).toEqual(["update t two", "commit"]);
  });

  test("that cannot begin writes nothing", async () => {
    const { connection, kysely, statements, options } = open();
    const { session, setTitle } = statements.sessions;
    const done = transact(kysely, options, (transaction) =>
      Promise.all([
        transaction.executeQuery(setTitle({ sessionId: "one", title: "t" })),
        transaction.executeQuery(session({ sessionId: "one" })),
      ]),
    );
    await pause();
    connection.began.reject(new Error("It was cancelled."));
    await expect(done).rejects.toThrow("It was cancelled.");
    expect(connection.sent.filter((text) => text.startsWith("update"))).toEqual([]);
    expect(connection.sent.at(-1)).toBe("rollback");
  });

  test("asks once for all who ask at the same time, and tells each what is theirs", async () => {
    const { connection, kysely, statements, options } = open();
    connection.began.resolve();
    const { lock, setUsed } = statements.sessions;
    if (lock === undefined) throw new TypeError("There is no lock.");
    connection.rows = [{ session_id: "one" }, { session_id: "three" }];
    connection.changed = 3n;
    const found = await transact(kysely, options, (transaction) =>
      Promise.all(
        ["one", "two", "three"].map(async (sessionId) => {
          const { rows } = await transaction.executeShared(lock, { sessionId });
          const used = await transaction.executeShared(setUsed, { sessionId, time: sessionId });
          return [rows, used.numAffectedRows];
        }),
      ),
    );
    expect(found).toEqual([
      [[{ session_id: "one" }], 1n],
      [[], 1n],
      [[{ session_id: "three" }], 1n],
    ]);
    expect(connection.sent).toEqual([
      "begin",
      "select one two three three",
      `update ${"one one two two three three three three ".repeat(2)}one two three three`,
      "commit",
    ]);
  });

  test("that changed fewer rows than have asked tells none of them that theirs was", async () => {
    const { connection, kysely, statements, options } = open();
    connection.began.resolve();
    connection.changed = 1n;
    const { setUsed } = statements.sessions;
    const counts = await transact(kysely, options, (transaction) =>
      Promise.all(
        ["one", "two"].map(async (sessionId) => {
          const used = await transaction.executeShared(setUsed, { sessionId, time: sessionId });
          return used.numAffectedRows;
        }),
      ),
    );
    expect(counts).toEqual([0n, 0n]);
  });
});

describe("a transaction of which operations finish with writes", () => {
  /** One that writes, of two who ask, and answers at once. */
  function begin(failsWhole: boolean) {
    const { connection, kysely, statements, options } = open();
    connection.began.resolve();
    const { setTitle } = statements.sessions;
    const done = transact(kysely, { ...options, failsWhole }, async (transaction) => {
      for (const sessionId of ["one", "two"]) {
        transaction.finishWith(transaction.executeQuery(setTitle({ sessionId, title: "t" })));
      }
      return "done";
    });
    return { connection, done };
  }

  test("is committed when they have been answered", async () => {
    const { connection, done } = begin(false);
    const written = Promise.withResolvers<void>();
    connection.written = written.promise;
    await pause();
    expect(connection.sent).toEqual(["begin", "update t one", "update t two"]);
    written.resolve();
    await expect(done).resolves.toBe("done");
    expect(connection.sent.at(-1)).toBe("commit");
  });

  test("is rolled back where one of them fails", async () => {
    const { connection, done } = begin(false);
    connection.written = Promise.reject(new Error("It is refused."));
    await expect(done).rejects.toThrow("It is refused.");
    expect(connection.sent.slice(3)).toEqual(["rollback"]);
  });

  test("sends the commit along with them where it could not be committed without one", async () => {
    const { connection, done } = begin(true);
    const written = Promise.withResolvers<void>();
    connection.written = written.promise;
    await pause();
    expect(connection.sent).toEqual(["begin", "update t one", "update t two", "commit"]);
    let isDone = false;
    const watched = done.then(() => (isDone = true));
    await pause();
    expect(isDone).toBe(false);
    written.resolve();
    await watched;
  });

  test("fails by what one of them fails by, and not by the commit behind it", async () => {
    const { connection, done } = begin(true);
    connection.written = Promise.reject(new Error("It is refused."));
    connection.committed = Promise.reject(new Error("It had failed."));
    await expect(done).rejects.toThrow("It is refused.");
    expect(connection.sent.at(-1)).toBe("rollback");
  });

  test("may be committed where an answer is lost, and the commit's is not", async () => {
    const { connection, done } = begin(true);
    connection.written = Promise.reject(new Error("It took too long."));
    await expect(done).rejects.toThrow(CommitUnknown);
  });

  test("sends nothing behind the commit", async () => {
    const { connection, kysely, statements, options } = open();
    connection.began.resolve();
    const { setTitle } = statements.sessions;
    const done = transact(kysely, { ...options, failsWhole: true }, async (transaction) => {
      const [one, two] = ["one", "two"].map((sessionId) => setTitle({ sessionId, title: "t" }));
      if (one === undefined || two === undefined) return;
      transaction.finishWith(
        transaction.executeQuery(one).then(() => transaction.executeQuery(two)),
      );
    });
    await expect(done).rejects.toThrow(CommitUnknown);
    expect(connection.sent).toEqual(["begin", "update t one", "commit"]);
  });
});
