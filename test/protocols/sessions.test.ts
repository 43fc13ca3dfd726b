import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, type PlainResponse, type Send } from "../helpers/http-client.ts";
import { echo, openReplicas, places, type Replicas } from "./replicas.ts";

interface Page {
  readonly next_cursor: string | null;
  readonly [list: string]: unknown;
}

const resultOf = (response: PlainResponse): Record<string, unknown> => {
  const envelope = response.json() as { code: number; message: string; result: unknown };
  expect(envelope).toEqual({ code: 0, message: "", result: envelope.result });
  expect(response.headers.get("cache-control")).toBe("no-store");
  return envelope.result as Record<string, unknown>;
};

describe.each(places)("sessions %s", (place) => {
  let replicas: Replicas;
  let send: Send;

  beforeEach(async () => {
    replicas = await openReplicas(place);
    ({ send } = replicas.add({ component: echo, authenticate: () => "user" }));
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const say = async (message: string, sessionId: string, requestId?: string): Promise<void> => {
    const headers = requestId === undefined ? {} : { "X-Appbuilder-Request-Id": requestId };
    const response = await send(chatRequest({ message, session_id: sessionId }, headers));
    expect(response.status).toBe(200);
  };
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const response = await send({ method: "GET", path });
    expect(response.status, response.text).toBe(200);
    return resultOf(response);
  };
  const change = (method: string, path: string, body?: unknown): Promise<PlainResponse> =>
    send({
      method,
      path,
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  /** All items of a list, page by page. */
  const allOf = async (path: string, list: string, limit: number): Promise<unknown[]> => {
    const items: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const mark = path.includes("?") ? "&" : "?";
      const page = (await get(
        `${path}${mark}limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`,
      )) as Page;
      const found = page[list] as unknown[];
      expect(found.length).toBeLessThanOrEqual(limit);
      expect(found.length, "no page but an only one is empty").toBeGreaterThan(0);
      items.push(...found);
      cursor = page.next_cursor;
    }
    return items;
  };

  test("are listed the most recently used first, page by page, without a gap or a double", async () => {
    for (let index = 0; index < 12; index += 1) await say("hello", `session-${index}`);
    await say("again", "session-3");
    const expected = [3, 11, 10, 9, 8, 7, 6, 5, 4, 2, 1, 0].map((index) => `session-${index}`);
    for (const limit of [1, 5, 6, 12, 100]) {
      const sessions = await allOf("/sessions", "sessions", limit);
      expect(sessions.map((session) => (session as { session_id: string }).session_id)).toEqual(
        expected,
      );
    }
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) as string;
    expect((await get("/sessions?limit=1"))["sessions"]).toEqual([
      {
        session_id: "session-3",
        title: "hello",
        turns: 2,
        created_at: time,
        updated_at: time,
        deleted: false,
      },
    ]);
  });

  test("are listed 20 at a time by default, and none before the first", async () => {
    expect(await get("/sessions")).toEqual({ sessions: [], next_cursor: null });
    for (let index = 0; index < 21; index += 1) await say("hello", `s${index}`);
    const page = await get("/sessions");
    expect(page["sessions"]).toHaveLength(20);
    expect(page["next_cursor"]).toEqual(expect.any(String));
  });

  test("are renamed, and lose their title again", async () => {
    await say("hello", "s");
    const before = await get("/sessions/s");
    for (const title of ["Travel", "标题 😀 \u2028", "t".repeat(255), "😀".repeat(255), null]) {
      const response = await change("PATCH", "/sessions/s", { title });
      expect(response.status).toBe(200);
      expect(resultOf(response)).toEqual({ ...before, title });
      expect(await get("/sessions/s")).toEqual({ ...before, title });
      expect(((await get("/sessions"))["sessions"] as unknown[])[0]).toEqual({ ...before, title });
    }
  });

  test("are deleted, so that nothing shows them but the list of deleted ones, and restored", async () => {
    await say("one", "s", "run-1");
    await say("other", "kept");
    const before = await get("/sessions/s");
    const messages = await get("/sessions/s/messages");
    const turns = await get("/sessions/s/turns");

    for (let time = 0; time < 2; time += 1) {
      const deleted = await change("DELETE", "/sessions/s");
      expect(deleted.status).toBe(200);
      expect(resultOf(deleted)).toEqual({ ...before, deleted: true });
    }
    expect(await get("/sessions/s")).toEqual({ ...before, deleted: true });
    const listed = (await get("/sessions"))["sessions"] as { session_id: string }[];
    expect(listed.map((session) => session.session_id)).toEqual(["kept"]);
    expect((await get("/sessions?deleted=true"))["sessions"]).toEqual([
      { ...before, deleted: true },
    ]);
    const hidden = ["/messages", "/turns", "/rows", "/export"].map((rest) => `/sessions/s${rest}`);
    for (const path of [...hidden, "/runs/run-1"]) {
      expect((await send({ method: "GET", path })).status, path).toBe(404);
    }
    const refused = await send(chatRequest({ message: "more", session_id: "s" }));
    expect(refused.status).toBe(404);
    expect(refused.text).toMatch(/There is no session/);

    for (let time = 0; time < 2; time += 1) {
      const restored = await change("POST", "/sessions/s/restore");
      expect(restored.status).toBe(200);
      expect(resultOf(restored)).toEqual(before);
    }
    expect(await get("/sessions/s/messages")).toEqual(messages);
    expect(await get("/sessions/s/turns")).toEqual(turns);
    expect((await get("/sessions?deleted=true"))["sessions"]).toEqual([]);
    await say("more", "s");
  });

  test("give their messages newest first, all or of one key, page by page", async () => {
    for (let turn = 0; turn < 5; turn += 1) await say(`say ${turn}`, "s", `run-${turn}`);
    const expected = [4, 3, 2, 1, 0].flatMap((turn) =>
      ["answer", "query"].map((key) => [key, `say ${turn}`, `run-${turn}`]),
    );
    const shown = (messages: unknown[]): unknown[] =>
      messages.map((item) => {
        const stored = item as {
          message_key: string;
          message: { content: unknown };
          request_id: string;
        };
        return [stored.message_key, stored.message.content, stored.request_id];
      });
    for (const limit of [1, 3, 5, 10, 100]) {
      expect(shown(await allOf("/sessions/s/messages", "messages", limit))).toEqual(expected);
      const queries = await allOf("/sessions/s/messages?key=query", "messages", limit);
      expect(shown(queries)).toEqual(expected.filter(([key]) => key === "query"));
    }
    expect(await get("/sessions/s/messages?key=nothing")).toEqual({
      messages: [],
      next_cursor: null,
    });
    const [newest] = (await get("/sessions/s/messages?limit=1"))["messages"] as unknown[];
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) as string;
    expect(newest).toEqual({
      id: uuid,
      request_id: "run-4",
      message_key: "answer",
      message: { content: "say 4", name: "msg", mtype: "str", id: uuid },
      created_at: time,
      updated_at: time,
    });
  });

  test("give their turns newest first, page by page", async () => {
    for (let turn = 1; turn <= 5; turn += 1) await say(`say ${turn}`, "s", `run-${turn}`);
    for (const limit of [1, 2, 5, 6]) {
      const turns = (await allOf("/sessions/s/turns", "turns", limit)) as { number: number }[];
      expect(turns.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
    }
    const [newest] = (await get("/sessions/s/turns?limit=1"))["turns"] as unknown[];
    expect(newest).toMatchObject({
      request_id: "run-5",
      session_id: "s",
      number: 5,
      retry_of: null,
      state: "complete",
      stop_requested: false,
      question: { content: "say 5", mtype: "str" },
      answer: { content: "say 5", mtype: "str" },
      error: null,
    });
    expect(newest).toEqual(await get("/runs/run-5"));
  });

  test.each(["a/b", "50%", "%41", "a b+c", "?x=1&y#z", "会话 😀", "..%2F", "\\", "::", "'; --"])(
    "can be called %j",
    async (sessionId) => {
      await say("hello", sessionId, "run");
      const path = `/sessions/${encodeURIComponent(sessionId)}`;
      expect(await get(path)).toMatchObject({ session_id: sessionId, turns: 1 });
      expect((await get(`${path}/messages`))["messages"]).toHaveLength(2);
      expect((await get(`${path}/turns`))["turns"]).toHaveLength(1);
      const renamed = await change("PATCH", path, { title: sessionId });
      expect(resultOf(renamed)).toMatchObject({ title: sessionId });
      expect(resultOf(await change("DELETE", path))).toMatchObject({ deleted: true });
      expect(resultOf(await change("POST", `${path}/restore`))).toMatchObject({ deleted: false });
      const cursor = ((await get("/sessions?limit=1")) as Page).next_cursor;
      expect(cursor).toBe(null);
    },
  );

  test("are listed by cursors that hold ids of any characters", async () => {
    const ids = ["😀".repeat(36), '"\\"', "会话", "plain"];
    for (const sessionId of ids) await say("hello", sessionId);
    const sessions = await allOf("/sessions", "sessions", 1);
    expect(sessions.map((session) => (session as { session_id: string }).session_id)).toEqual(
      ids.toReversed(),
    );
  });

  test("refuse every cursor that their lists did not give", async () => {
    for (const sessionId of ["s", "t"]) {
      await say("one", sessionId);
      await say("two", sessionId);
    }
    const lists = ["/sessions", "/sessions/s/messages", "/sessions/s/turns", "/sessions/s/rows"];
    const cursors = await Promise.all(
      lists.map(async (path) => ((await get(`${path}?limit=1`)) as Page).next_cursor ?? ""),
    );
    const encode = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const time = "2026-11-22 10:00:00.000000";
    const wrong = [
      "",
      "x",
      "null",
      "=",
      "A".repeat(600),
      "%00",
      encode(null),
      encode([]),
      encode({ list: "sessions" }),
      encode(["sessions", time]),
      encode(["sessions", time, "id", "more"]),
      encode(["sessions", time, ""]),
      encode(["sessions", time, "i".repeat(37)]),
      encode(["sessions", time, "a\nb"]),
      encode(["sessions", time, 1]),
      encode(["sessions", "2026-13-22 10:00:00.000000", "id"]),
      encode(["sessions", "2026-02-30 10:00:00.000000", "id"]),
      encode(["sessions", "2026-11-22T10:00:00.000000", "id"]),
      encode(["sessions", "2026-11-22 10:00:00", "id"]),
      encode(["sessions", 0, "id"]),
      encode(["messages", time, `${"i".repeat(36)}'`]),
      encode(["turns", 0]),
      encode(["turns", -1]),
      encode(["turns", 1.5]),
      encode(["turns", "1"]),
      encode(["turns", 2 ** 53]),
      Buffer.from('["turns", 1]').toString("base64url"),
      Buffer.from('["turns",1]').toString("base64url").replace(/.$/, "1"),
      Buffer.from([0xff, 0xfe]).toString("base64url"),
    ];
    for (const [index, path] of lists.entries()) {
      const own = cursors[index] ?? "";
      const others = cursors.filter((cursor) => cursor !== own);
      for (const cursor of [...wrong, ...others, `${own}=`, `${own}A`, own.slice(1), ` ${own}`]) {
        const response = await send({
          method: "GET",
          path: `${path}?cursor=${encodeURIComponent(cursor)}`,
        });
        expect(response.status, `${path} ${cursor}`).toBe(400);
        expect(response.text).toMatch(/cursor is not one that this list gave/);
      }
      expect((await send({ method: "GET", path: `${path}?cursor=${own}` })).status).toBe(200);
    }
  });
});
