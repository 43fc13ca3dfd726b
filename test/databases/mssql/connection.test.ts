import { CompiledQuery, type DatabaseConnection, Kysely, sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { OpenDatabase, WritingConnection } from "../../../src/sql/database.ts";
import { messagesTable, type Tables } from "../../../src/sql/tables.ts";
import { openOnListener } from "./open-on-listener.ts";
import type { Reply } from "./tds-listener.ts";
import type { Row } from "./tds-tokens.ts";

/** Does the work on one connection. */
async function onConnection<Result>(
  database: OpenDatabase,
  work: (connection: WritingConnection) => Promise<Result>,
): Promise<Result> {
  const driver = database.writes.createDriver();
  const connection: DatabaseConnection = await driver.acquireConnection();
  try {
    return await work(connection as WritingConnection);
  } finally {
    await driver.releaseConnection(connection);
  }
}

const statement = (text: string): CompiledQuery => CompiledQuery.raw(text);

describe("values", () => {
  test("are sent by their types, and texts of all usual lengths alike", async () => {
    await using opened = await openOnListener();
    const { database, listener } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const texts = ["", "a'b", "海😀", "x".repeat(4000), "y".repeat(4001), "z".repeat(100_000)];
    await sql`a ${sql.join([...texts, null, true, false, 5, -5, 2 ** 40])}`.execute(kysely);
    const [sent] = listener.statements;
    expect(sent?.values).toEqual([...texts, null, true, false, 5, -5, 2 ** 40]);
    const types = sent?.declaration.split(", ").map((each) => each.split(" ")[1]);
    expect(types).toEqual([
      ...Array.from({ length: 4 }, () => "nvarchar(4000)"),
      "nvarchar(max)",
      "nvarchar(max)",
      "nvarchar(4000)",
      "bit",
      "bit",
      "int",
      "int",
      "bigint",
    ]);
  });

  test("of rows to be inserted are all declared alike, where one of them is long", async () => {
    await using opened = await openOnListener();
    const { database, listener } = opened;
    const kysely = new Kysely<Tables>({ dialect: database.writes });
    for (const message_value of ["{}", "x".repeat(5000)]) {
      await kysely
        .insertInto(messagesTable)
        .values({ id: "i", message_value, deleted: false } as never)
        .execute();
    }
    expect(listener.statements.map(({ declaration }) => declaration)).toEqual([
      "@1 nvarchar(4000), @2 nvarchar(4000), @3 bit",
      "@1 nvarchar(max), @2 nvarchar(max), @3 bit",
    ]);
  });

  test("of other types are refused before anything is sent", async () => {
    await using opened = await openOnListener();
    const { database, listener } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    for (const value of [undefined, 1.5, Number.NaN, 5n, new Date(), {}]) {
      await expect(sql`a ${value}`.execute(kysely)).rejects.toThrow("has a parameter that is a");
    }
    expect(listener.statements).toEqual([]);
    await sql`a ${1}`.execute(kysely);
    expect(listener.statements.length).toBe(1);
  });

  test("come as the store has them, times to the microsecond whatever the machine's zone", async () => {
    const row: Row = {
      text: "海😀",
      empty: "",
      small: -5,
      large: 12_345_678_901n,
      truth: true,
      coarse: { datetime: "2026-03-29 02:30:00.007" },
      fine: { datetime2: "2026-03-29 02:30:00.123456" },
      whole: { datetime2: "2026-12-31 23:59:59.000000" },
      last: { datetime2: "9999-12-31 23:59:59.999999" },
      nothing: null,
    };
    const nulls: Row = Object.fromEntries(Object.keys(row).map((name) => [name, null]));
    await using opened = await openOnListener({}, () => ({ rows: [row, nulls] }));
    const kysely = new Kysely<unknown>({ dialect: opened.database.reads });
    const { rows } = await sql`select`.execute(kysely);
    expect(rows).toEqual([
      {
        text: "海😀",
        empty: "",
        small: -5,
        large: 12_345_678_901,
        truth: true,
        coarse: "2026-03-29 02:30:00.007000",
        fine: "2026-03-29 02:30:00.123456",
        whole: "2026-12-31 23:59:59.000000",
        last: "9999-12-31 23:59:59.999999",
        nothing: null,
      },
      nulls,
    ]);
  });

  test("of a change are how many rows it changed", async () => {
    await using opened = await openOnListener({}, () => ({ count: 3 }));
    const kysely = new Kysely<Tables>({ dialect: opened.database.writes });
    const [{ numDeletedRows } = { numDeletedRows: 0n }] = await kysely
      .deleteFrom(messagesTable)
      .execute();
    expect(numDeletedRows).toBe(3n);
  });
});

describe("a connection", () => {
  test("begins with settings of its own, whatever the server's are", async () => {
    await using opened = await openOnListener({}, undefined, "&statement_timeout=7");
    const [beginning = ""] = opened.listener.beginnings;
    expect(beginning.split("\n")).toEqual(
      expect.arrayContaining([
        "set ansi_nulls on",
        "set ansi_padding on",
        "set ansi_warnings on",
        "set arithabort on",
        "set concat_null_yields_null on",
        "set numeric_roundabort off",
        "set quoted_identifier on",
        "set implicit_transactions off",
        "set transaction isolation level read committed",
        "set xact_abort on",
      ]),
    );
  });

  test("sends one statement after another, also where several are asked for at once", async () => {
    await using opened = await openOnListener();
    const texts = ["one", "two", "three"];
    await onConnection(opened.database, async (connection) => {
      await Promise.all(texts.map((text) => connection.executeQuery(statement(text))));
    });
    expect(opened.listener.statements.map(({ text }) => text)).toEqual(texts);
  });

  test("sends nothing of a transaction behind a statement that failed but its rollback", async () => {
    await using opened = await openOnListener({}, ({ text }) =>
      text === "bad" ? { error: { number: 547, message: "conflicted" } } : undefined,
    );
    const { database, listener } = opened;
    await onConnection(database, async (connection) => {
      await connection.begin();
      const outcomes = await Promise.allSettled(
        ["good", "bad", "behind"].map((text) => connection.executeQuery(statement(text))),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
      await expect(connection.commit()).rejects.toThrow("has failed");
      await connection.rollback();
      await connection.executeQuery(statement("after"));
    });
    expect(listener.statements.map(({ text }) => text)).toEqual([
      "begin transaction",
      "good",
      "bad",
      "if @@trancount > 0 rollback transaction",
      "after",
    ]);
  });

  test.each<readonly [string, Reply, string]>([
    ["has no answer", { end: true }, "lost"],
    ["has an answer that says nothing of it", { error: { number: 3999, message: "m" } }, "lost"],
    ["was rolled back", { error: { number: 3902, message: "no transaction" } }, "conflict"],
  ])("whose commit %s says what that means", async (_case, reply, kind) => {
    await using opened = await openOnListener({}, ({ text }) =>
      text === "commit transaction" ? reply : undefined,
    );
    const { database } = opened;
    await onConnection(database, async (connection) => {
      await connection.begin();
      const failure = await connection.commit().catch((error: unknown) => error);
      expect(database.explain(failure)?.kind).toBe(kind);
      await connection.rollback();
    });
    await onConnection(database, (connection) => connection.executeQuery(statement("after")));
  });

  test("that breaks is given up, and another made", async () => {
    let breaks = 1;
    await using opened = await openOnListener({}, ({ text }) => {
      if (text !== "ask" || breaks === 0) return undefined;
      breaks -= 1;
      return { end: true };
    });
    const { database, listener } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const failure = await sql`ask`.execute(kysely).catch((error: unknown) => error);
    expect(database.explain(failure)).toMatchObject({ kind: "lost", code: "database_unavailable" });
    await sql`ask`.execute(kysely);
    expect(listener.beginnings.length).toBe(2);
  });

  test("gives up a statement that takes too long, and goes on", async () => {
    await using opened = await openOnListener(
      {},
      ({ text }) => (text === "long" ? { silence: "until cancelled" } : undefined),
      "&statement_timeout=0.2",
    );
    const { database, listener } = opened;
    await onConnection(database, async (connection) => {
      const failure = await connection.executeQuery(statement("long")).catch((error) => error);
      expect(database.explain(failure)).toMatchObject({ kind: "refused" });
      expect(database.explain(failure)?.message).toContain("?statement_timeout=<seconds>");
      await connection.executeQuery(statement("short"));
    });
    expect(listener.cancellations).toBe(1);
    expect(listener.beginnings.length).toBe(1);
  });

  test("gives up a server that does not answer at all", async () => {
    await using opened = await openOnListener(
      {},
      ({ text }) => (text === "lost" ? { silence: "for good" } : undefined),
      "&statement_timeout=0.2&connect_timeout=0.2",
    );
    const { database, listener } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const failure = await sql`lost`.execute(kysely).catch((error: unknown) => error);
    expect(database.explain(failure)?.kind).toBe("lost");
    await sql`after`.execute(kysely);
    expect(listener.beginnings.length).toBe(2);
  });

  test("of several hosts is to the first that writes", async () => {
    await using replica = await openOnListener({ updateability: "READ_ONLY" });
    await using primary = await openOnListener();
    const hosts = `127.0.0.1:${replica.listener.port},127.0.0.1:${primary.listener.port}`;
    const { openDatabase } = await import("../../../src/sql/find-database.ts");
    await using database = await openDatabase(`mssql://user@${hosts}/chat?tls=off`);
    await onConnection(database, (connection) => connection.executeQuery(statement("here")));
    expect(primary.listener.statements.at(-1)?.text).toBe("here");
    expect(replica.listener.statements.map(({ text }) => text)).not.toContain("here");
  });
});
