import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import {
  type Component,
  defineComponent,
  HttpRuntime,
  MemoryStore,
  Message,
  UserSession,
} from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, inProcess, throughSocket } from "../helpers/http-client.ts";
import { sendRaw } from "../helpers/raw-http.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

const counting = () =>
  defineComponent<string>({
    run: async function* run(message) {
      const session = new UserSession();
      const before = await session.getHistory("query", { limit: 1000 });
      await session.append({ query: message });
      yield String(before.length);
    },
  });

const slow = (milliseconds: number) =>
  defineComponent<string>({
    run: async function* run(message) {
      await new UserSession().append({ query: message });
      yield "started";
      await sleep(milliseconds);
    },
  });

let folder: string;
const logger = recordingLogger();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "turnkeep-runtime-"));
  logger.entries.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a runtime", () => {
  test("refuses what cannot run, when it is made", () => {
    const make = (component: unknown) => () =>
      new HttpRuntime({ component: component as Component });
    expect(make({})).toThrow(/method run.*an object has none/);
    expect(make(undefined)).toThrow(/nothing \(undefined\) has none/);
    expect(make(MemoryStore)).toThrow(/Make an instance of the class/);
    expect(make({ run: "no" })).toThrow(expect.objectContaining({ code: "component_invalid" }));
    expect(() => new HttpRuntime({ component: counting(), bodyLimit: 0 })).toThrow(/bodyLimit.*0/);
    expect(() => new HttpRuntime({ component: counting(), runTimeout: 1.5 })).toThrow(/runTimeout/);
  });

  test("keeps sessions in the database that its URL names, over restarts", async () => {
    const userSessionConfig = `sqlite:///${join(folder, "kept.db")}`;
    for (const expected of ["0", "1", "2"]) {
      await using runtime = new HttpRuntime({ component: counting(), userSessionConfig, logger });
      const { answer } = await runtime.chat(new Message("q"), { sessionId: "s" });
      expect(answer.content).toBe(expected);
    }
  });

  test("has its own store: two in one process do not share", async () => {
    await using first = new HttpRuntime({
      component: counting(),
      userSessionConfig: `sqlite:///${join(folder, "1.db")}`,
      logger,
    });
    await using second = new HttpRuntime({
      component: counting(),
      userSessionConfig: `sqlite:///${join(folder, "2.db")}`,
      logger,
    });
    for (const runtime of [first, second, first, second]) {
      await runtime.chat(new Message("q"), { sessionId: "s" });
    }
    const { answer } = await first.chat(new Message("q"), { sessionId: "s" });
    expect(answer.content).toBe("2");
  });

  test("does not close a store that it was given", async () => {
    const store = new MemoryStore();
    const runtime = new HttpRuntime({ component: counting(), userSessionConfig: store, logger });
    await runtime.chat(new Message("q"), { sessionId: "s" });
    await runtime.close();
    await expect(
      store.getHistory({ sessionId: "s", messageKey: "query", limit: 1 }),
    ).resolves.toHaveLength(1);
  });

  test("runs a turn within the program, whole or piece by piece", async () => {
    await using runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: new MemoryStore(),
      logger,
    });
    const whole = await runtime.chat(new Message("q"), { requestId: "r" });
    expect(whole.requestId).toBe("r");
    const { answer, sessionId } = await runtime.chat(new Message("q"), {
      sessionId: whole.sessionId,
      stream: true,
    });
    expect(sessionId).toBe(whole.sessionId);
    const pieces: string[] = [];
    for await (const { content } of answer) pieces.push(content);
    expect(pieces).toEqual(["1"]);
    expect((await answer.finalMessage()).content).toBe("1");
    await expect(runtime.chat("q" as never)).rejects.toThrow(/Wrap it/);
    await expect(runtime.chat(new Message("q"), { sessionId: "" })).rejects.toThrow(
      /sessionId is empty/,
    );
  });

  test("can be mounted in another application, under a path", async () => {
    await using runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: new MemoryStore(),
      logger,
    });
    const app = new Hono().mount("/assistant", runtime.fetch);
    const send = inProcess(async (request) => app.fetch(request));
    const response = await send({ ...chatRequest({ message: "q" }), path: "/assistant/chat" });
    expect(response.json()).toMatchObject({
      code: 0,
      result: { answer_message: { content: "0" } },
    });
  });

  test("describes its routes at /openapi.json", async () => {
    await using runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: new MemoryStore(),
      logger,
    });
    const response = await inProcess(runtime.fetch)({ method: "GET", path: "/openapi.json" });
    const description = response.json() as {
      openapi: string;
      paths: {
        "/chat": { post: { requestBody: { content: Record<string, { schema: unknown }> } } };
      };
    };
    expect(description.openapi).toBe("3.1.0");
    expect(
      description.paths["/chat"].post.requestBody.content["application/json"]?.schema,
    ).toMatchObject({
      type: "object",
      required: ["message"],
      properties: { session_id: { type: "string" }, stream: { type: "boolean" } },
    });
  });

  test("answers 503 while its database cannot be had, and works once it can", async () => {
    const path = join(folder, "later", "sessions.db");
    await using runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: `sqlite:///${path}`,
      logger,
    });
    const send = inProcess(runtime.fetch);
    const refused = await send(chatRequest({ message: "q" }));
    expect(refused.status).toBe(503);
    expect(refused.text).not.toContain(path);
    expect(JSON.stringify(logger.entries)).toContain(path);
    await (await import("node:fs/promises")).mkdir(join(folder, "later"));
    expect((await send(chatRequest({ message: "q" }))).status).toBe(200);
  });

  test("that cannot open its database says so before it listens", async () => {
    const runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: `sqlite:///${join(folder, "missing", "x.db")}`,
      logger,
    });
    await expect(runtime.serve({ port: 0 })).rejects.toThrow(
      expect.objectContaining({ code: "database_unavailable" }),
    );
    await runtime.close();
  });

  test("says which port is taken, and what is no port", async () => {
    const make = () =>
      new HttpRuntime({ component: counting(), userSessionConfig: new MemoryStore(), logger });
    await using server = await make().serve({ port: 0 });
    await using second = make();
    await expect(second.serve({ port: server.port })).rejects.toThrow(
      new RegExp(`port ${server.port}: the port is taken`),
    );
    await expect(second.serve({ port: 70_000 })).rejects.toThrow(/0 to 65535, but it is 70000/);
    await expect(second.serve({ port: 0, host: "203.0.113.1" })).rejects.toThrow(/this machine/);
  });

  test("lets runs end when it is closed, and takes no new ones", async () => {
    const store = new MemoryStore();
    const runtime = new HttpRuntime({ component: slow(100), userSessionConfig: store, logger });
    const server = await runtime.serve({ port: 0 });
    const send = throughSocket(server.url);
    const answer = send(chatRequest({ message: "q", session_id: "s", stream: true }));
    await sleep(50);
    await server.close();
    expect((await answer).events().at(-1)).toMatchObject({ result: { is_completion: true } });
    expect(await store.getHistory({ sessionId: "s", messageKey: "query", limit: 1 })).toHaveLength(
      1,
    );
    await expect(send(chatRequest({ message: "q" }))).rejects.toThrow(
      /ECONNREFUSED|hang up|ECONNRESET/,
    );
    expect((await inProcess(runtime.fetch)(chatRequest({ message: "q" }))).status).toBe(503);
    await server.close();
  });

  test("gives runs up that outlast its grace when it is closed", async () => {
    const store = new MemoryStore();
    const runtime = new HttpRuntime({
      component: slow(60_000),
      userSessionConfig: store,
      logger,
      shutdownGrace: 50,
    });
    const answer = inProcess(runtime.fetch)(
      chatRequest({ message: "q", session_id: "s", stream: true }),
    );
    await sleep(20);
    await runtime.close();
    expect((await answer).events().at(-1)).toMatchObject({ code: 503 });
    expect(await store.getHistory({ sessionId: "s", messageKey: "query", limit: 1 })).toEqual([]);
  });

  test("outlives garbage on its port", async () => {
    await using server = await new HttpRuntime({
      component: counting(),
      userSessionConfig: new MemoryStore(),
      logger,
    }).serve({ port: 0 });
    for (const garbage of [
      "\u0000\u0001\u0002",
      "GET\r\n\r\n",
      'POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"mess',
      "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]) {
      await sendRaw(server.port, garbage);
    }
    const response = await throughSocket(server.url)(chatRequest({ message: "q" }));
    expect(response.status).toBe(200);
    expect(logger.entries, "what a client breaks is no failure of the service").toEqual([]);
  });

  test("refuses a body that nests deeper than any stack", async () => {
    await using runtime = new HttpRuntime({
      component: counting(),
      userSessionConfig: new MemoryStore(),
      logger,
    });
    const levels = 1_900_000;
    const response = await inProcess(runtime.fetch)({
      headers: { "Content-Type": "application/json" },
      body: `{"message":${"[".repeat(levels)}${"]".repeat(levels)}}`,
    });
    expect(response.status).toBe(400);
    expect(response.text).toMatch(/deeper than 200/);
  });

  test("serves an object that merely has a run", async () => {
    const component = {
      run: async (message: Message<string>) => new Message(message.content.toUpperCase()),
    };
    await using runtime = new HttpRuntime({
      component,
      userSessionConfig: new MemoryStore(),
      logger,
    });
    expect((await runtime.chat(new Message("abc"))).answer.content).toBe("ABC");
  });
});
