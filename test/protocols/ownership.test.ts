import { TurnkeepError } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, inProcess, type PlainRequest, type Send } from "../helpers/http-client.ts";
import { controlledComponent, echo, openReplicas, places, type Replicas } from "./replicas.ts";

const json = { "Content-Type": "application/json" };
const as = (userId: string | undefined): Record<string, string> =>
  userId === undefined ? {} : { "X-Appbuilder-User-Id": Buffer.from(userId).toString("latin1") };

/** Every route that names a session or a run, as a request for the given ones. */
const routes = (sessionId: string, requestId: string): Readonly<Record<string, PlainRequest>> => ({
  "POST /chat": chatRequest({ message: "mine now", session_id: sessionId }),
  "POST /chat, streaming": chatRequest({ message: "mine", session_id: sessionId, stream: true }),
  "GET /sessions/{id}": { method: "GET", path: `/sessions/${sessionId}` },
  "PATCH /sessions/{id}": {
    method: "PATCH",
    path: `/sessions/${sessionId}`,
    headers: json,
    body: '{"title":"mine now"}',
  },
  "DELETE /sessions/{id}": { method: "DELETE", path: `/sessions/${sessionId}` },
  "POST /sessions/{id}/restore": { method: "POST", path: `/sessions/${sessionId}/restore` },
  "GET /sessions/{id}/messages": { method: "GET", path: `/sessions/${sessionId}/messages` },
  "GET /sessions/{id}/messages of a key": {
    method: "GET",
    path: `/sessions/${sessionId}/messages?key=query`,
  },
  "GET /sessions/{id}/turns": { method: "GET", path: `/sessions/${sessionId}/turns` },
  "GET /sessions/{id}/rows": { method: "GET", path: `/sessions/${sessionId}/rows` },
  "GET /sessions/{id}/export": { method: "GET", path: `/sessions/${sessionId}/export` },
  "GET /runs/{id}": { method: "GET", path: `/runs/${requestId}` },
  "GET /runs/{id}/stream": { method: "GET", path: `/runs/${requestId}/stream` },
  "GET /runs/{id}/stream from within": {
    method: "GET",
    path: `/runs/${requestId}/stream?last_event_id=2`,
  },
  "GET /runs/{id}/stream behind its end": {
    method: "GET",
    path: `/runs/${requestId}/stream?last_event_id=end`,
  },
  "POST /runs/{id}/stop": { method: "POST", path: `/runs/${requestId}/stop` },
  "POST /runs/{id}/select": { method: "POST", path: `/runs/${requestId}/select` },
  "PUT /runs/{id}/feedback": {
    method: "PUT",
    path: `/runs/${requestId}/feedback`,
    headers: json,
    body: '{"value":"up"}',
  },
  "POST /runs/{id}/retry": { method: "POST", path: `/runs/${requestId}/retry` },
});

const owners = ["用户 one", undefined] as const;
const others = {
  "用户 one": ["two", undefined, "用户 On", "用户 ONE", "用户  one"],
  nobody: ["two", "nobody", "null", "undefined"],
} as const;

describe.each(places)("a session %s", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const cases = owners.flatMap((owner) =>
    others[owner ?? "nobody"].flatMap((other) =>
      Object.keys(routes("", "")).map((route) => [route, owner, other] as const),
    ),
  );

  describe("does not exist to others", () => {
    test.each(cases)("%s: that of %j to %j", async (route, owner, other) => {
      const { component, source, calls } = controlledComponent();
      const { send } = replicas.add({ component, trustUserHeader: true });
      source("secret question").give("secret part");
      source("secret question").fail(new Error("so that it can be run again"));
      const mine = chatRequest(
        { message: "secret question", session_id: "s", stream: true },
        { ...as(owner), "X-Appbuilder-Request-Id": "r" },
      );
      await send(mine);
      const titled = await send({
        method: "PATCH",
        path: "/sessions/s",
        headers: { ...json, ...as(owner) },
        body: '{"title":"secret title"}',
      });
      expect(titled.status).toBe(200);
      const before = await snapshot(send, owner);

      const request = routes("s", "r")[route] ?? {};
      const unknown = routes("t", "u")[route] ?? {};
      const headers = { "X-Appbuilder-Request-Id": "o", ...as(other) };
      const refused = await send({ ...request, headers: { ...request.headers, ...headers } });
      expect(refused.status, refused.text).toBe(404);
      expect(refused.text).not.toContain("secret");
      expect(refused.json()).toMatchObject({ code: 404, result: null });
      if (!route.startsWith("POST /chat")) {
        // Not to be told from one that nobody has.
        const missing = await send({ ...unknown, headers: { ...unknown.headers, ...headers } });
        expect(missing.status).toBe(404);
        const named = /\\"[stru]\\"/g;
        expect(missing.text.replace(named, "<id>")).toBe(refused.text.replace(named, "<id>"));
        expect([...missing.headers].toString()).toBe([...refused.headers].toString());
      }
      expect(await snapshot(send, owner), "nothing has changed").toEqual(before);
      expect(calls("secret question"), "nothing has run").toBe(1);
      expect(calls("mine now") + calls("mine")).toBe(0);
    });
  });

  test("is in its owner's list alone", async () => {
    const { send } = replicas.add({ component: echo, trustUserHeader: true });
    const users = ["one", "two", undefined];
    for (const user of users) {
      for (const name of ["a", "b"]) {
        const sessionId = `${user ?? "nobody"}-${name}`;
        await send(chatRequest({ message: "hello", session_id: sessionId }, as(user)));
      }
    }
    for (const user of [...users, "three"]) {
      const response = await send({ method: "GET", path: "/sessions", headers: as(user) });
      // Whoever is nobody in particular is shown no list: it would be everyone's.
      if (user === undefined) {
        expect(response.status).toBe(401);
        continue;
      }
      const { result } = response.json() as { result: { sessions: { session_id: string }[] } };
      expect(result.sessions.map(({ session_id: id }) => id)).toEqual(
        user === "three" ? [] : ["b", "a"].map((name) => `${user ?? "nobody"}-${name}`),
      );
    }
  });

  test("opens by no cursor of another's list", async () => {
    const { send } = replicas.add({ component: echo, trustUserHeader: true });
    for (const user of ["one", "two"]) {
      for (const name of ["a", "b", "c"]) {
        const sessionId = `${user}-${name}`;
        await send(chatRequest({ message: "hello", session_id: sessionId }, as(user)));
      }
    }
    const listed = await send({ method: "GET", path: "/sessions?limit=1", headers: as("two") });
    const { result } = listed.json() as { result: { next_cursor: string } };
    const path = `/sessions?cursor=${result.next_cursor}`;
    const response = await send({ method: "GET", path, headers: as("one") });
    expect(response.text).not.toContain("two-");
  });

  test("cannot be reached by another's idempotency key", async () => {
    const { send } = replicas.add({ component: echo, trustUserHeader: true });
    const key = { "Idempotency-Key": "key" };
    await send(chatRequest({ message: "secret" }, { ...as("one"), ...key }));
    const response = await send(chatRequest({ message: "secret" }, { ...as("two"), ...key }));
    expect(response.status).toBe(200);
    expect(response.headers.has("idempotency-replayed")).toBe(false);
  });

  test("belongs to nobody, whatever the header says, where no proxy is trusted", async () => {
    const { send } = replicas.add({ component: echo });
    await send(chatRequest({ message: "hello", session_id: "s" }, as("one")));
    for (const user of ["one", "two", undefined]) {
      const response = await send({ method: "GET", path: "/sessions/s", headers: as(user) });
      expect(response.status).toBe(200);
    }
    const { send: trusting } = replicas.add({ component: echo, trustUserHeader: true });
    const asked = { method: "GET", path: "/sessions/s" };
    expect((await trusting({ ...asked, headers: as("one") })).status).toBe(404);
    expect((await trusting(asked)).status).toBe(200);
  });

  test("belongs to whom the runtime knows, whatever the header says", async () => {
    const authenticate = (request: Request): string => {
      const token = request.headers.get("authorization");
      if (token === "Bearer one") return "user one";
      if (token === "Bearer two") return "user two";
      throw new Error("secret reason");
    };
    const { runtime } = replicas.add({ component: echo, authenticate, trustUserHeader: true });
    const send = inProcess(runtime.fetch);
    const one = { Authorization: "Bearer one", ...as("user two") };
    await send(chatRequest({ message: "hello", session_id: "s" }, one));
    const path = "/sessions/s";
    expect((await send({ method: "GET", path, headers: one })).status).toBe(200);
    const two = { Authorization: "Bearer two", ...as("user one") };
    expect((await send({ method: "GET", path, headers: two })).status).toBe(404);
    for (const [route, request] of [
      ...Object.entries(routes("s", "r")),
      ["GET /sessions", { method: "GET", path: "/sessions" }] as const,
    ]) {
      for (const headers of [as("user one"), { Authorization: "Bearer three" }]) {
        const refused = await send({ ...request, headers: { ...request.headers, ...headers } });
        expect(refused.status, route).toBe(401);
        expect(refused.text).not.toContain("secret");
      }
    }
    for (const open of ["/healthz", "/readyz", "/openapi.json"]) {
      expect((await send({ method: "GET", path: open })).status).toBe(200);
    }
  });

  test("is for whoever refuses callers in its own words", async () => {
    const authenticate = (): never => {
      throw new TurnkeepError("unauthorized", "Bring the token of this month.");
    };
    const { send } = replicas.add({ component: echo, authenticate });
    const response = await send({ method: "GET", path: "/sessions" });
    expect(response.status).toBe(401);
    expect(response.text).toContain("Bring the token of this month.");
  });
});

/** All that a user sees of a session and its run. */
async function snapshot(send: Send, userId: string | undefined): Promise<unknown[]> {
  const paths = [
    ...(userId === undefined ? [] : ["/sessions"]),
    "/sessions/s",
    "/sessions/s/messages",
    "/sessions/s/turns",
    "/runs/r",
  ];
  return Promise.all(
    paths.map(async (path) => {
      const response = await send({ method: "GET", path, headers: as(userId) });
      expect(response.status).toBe(200);
      return response.json();
    }),
  );
}
