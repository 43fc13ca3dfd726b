import { HttpRuntime } from "turnkeep";
import { describe, expect, test } from "vitest";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { chatRequest, inProcess, type Send } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { echo, openReplicas, places } from "./replicas.ts";

interface Rows {
  readonly sql: string | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly next_cursor: string | null;
}

const fixtures = await databaseFixtures();
const sessionIds = [
  "plain",
  "PLAIN",
  "it's",
  String.raw`back\slash\'`,
  "'; drop table x; --",
  "海淀 😀",
  'a "b" `c` [d]',
  "?$1@1:a%s",
  "spaces  ",
];

async function rowsOf(send: Send, sessionId: string, query = ""): Promise<Rows> {
  const path = `/sessions/${encodeURIComponent(sessionId)}/rows${query}`;
  const response = await send({ method: "GET", path });
  expect(response.status, response.text).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return (response.json() as { readonly result: Rows }).result;
}

describe.each([...fixtures])("the rows of a session on %s", (_name, fixture) => {
  test("are those that the statement beside them shows in the database's own client", async () => {
    await using database = await fixture.createDatabase();
    await using runtime = new HttpRuntime({
      component: echo,
      logger: recordingLogger(),
      userSessionConfig: database.url,
    });
    const send = inProcess(runtime.fetch);
    for (const sessionId of sessionIds) {
      const asked = chatRequest({ message: "hello", session_id: sessionId });
      expect((await send(asked)).status).toBe(200);
    }
    for (const sessionId of sessionIds) {
      const { sql, columns, rows } = await rowsOf(send, sessionId);
      const shown = await database.execute(sql ?? "");
      expect(rows.map((row) => [row[1], row[3]])).toEqual([
        [sessionId, "answer"],
        [sessionId, "query"],
      ]);
      expect(shown.map((row) => Object.keys(row))).toEqual([columns, columns]);
      for (const column of ["id", "session_id", "request_id", "message_key"]) {
        const values = rows.map((row) => row[columns.indexOf(column)]);
        expect(shown.map((row) => row[column])).toEqual(values);
      }
    }
  });
});

describe.each(places)("the rows of a session %s", (place) => {
  test("are shown in pages, newest first, as they are stored", async () => {
    await using replicas = await openReplicas(place);
    const { send } = replicas.add({ component: echo });
    for (const turn of [1, 2, 3]) {
      const requestId = { "X-Appbuilder-Request-Id": `turn ${turn}`.replace(" ", "-") };
      await send(chatRequest({ message: `say ${turn}`, session_id: "s" }, requestId));
    }
    const pages: Rows[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Rows = await rowsOf(
        send,
        "s",
        `?limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      pages.push(page);
      cursor = page.next_cursor;
    }
    expect(pages.map(({ rows }) => rows.length)).toEqual([4, 2]);
    const rows = pages.flatMap((page) => page.rows);
    const keys = rows.map(([, , requestId, key]) => `${String(requestId)} ${String(key)}`);
    expect(keys).toEqual(
      [3, 2, 1].flatMap((turn) => [`turn-${turn} answer`, `turn-${turn} query`]),
    );
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) as unknown;
    const value = expect.stringMatching(
      /^\{"content":"say 3","name":"msg","mtype":"str","id":"[0-9a-f-]{36}"\}$/,
    ) as unknown;
    expect(rows[0]).toEqual([id, "s", "turn-3", "answer", value, time, time, 0]);
    const sql = `select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "appbuilder_session_messages" where "session_id" = 's' order by "updated_at" desc, "id" desc`;
    expect(pages[0]?.sql).toBe(place === "in memory" ? null : sql);
  });
});
