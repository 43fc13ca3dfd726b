import { join } from "node:path";
import { defineComponent, type ErrorCode, HttpRuntime, MemoryStore, TurnkeepError } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chatRequest, inProcess, type PlainResponse, type Send } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { controlledComponent, echo, openReplicas, places, type Replicas } from "./replicas.ts";

const ask = (message: string, requestId: string, sessionId = "s"): ReturnType<typeof chatRequest> =>
  chatRequest({ message, session_id: sessionId }, { "X-Appbuilder-Request-Id": requestId });

/** Checks what a refusal says: its status, when to try again, why. */
function expectRefusal(
  response: PlainResponse,
  status: number,
  retryAfter: string | null,
  says: RegExp,
): void {
  expect(response.status, response.text).toBe(status);
  expect(response.headers.get("retry-after")).toBe(retryAfter);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const envelope = response.json() as { code: number; message: string; result: unknown };
  expect(envelope).toEqual({ code: status, message: envelope.message, result: null });
  expect(envelope.message).toMatch(says);
}

/** The codes of the errors that were logged. */
function codesIn(logger: ReturnType<typeof recordingLogger>): unknown[] {
  return logger.entries
    .filter(({ level }) => level === "error")
    .map(({ facts }) => (facts["error"] as { code: ErrorCode }).code);
}

describe.each(places)("a turn, %s, is refused", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const isThere = (send: Send, requestId: string): Promise<void> =>
    vi.waitFor(async () => {
      const response = await send({ method: "GET", path: `/runs/${requestId}` });
      expect(response.status).toBe(200);
    });

  test("with 409 while its session is busy, where the runtime rejects it", async () => {
    const { component, source, calls } = controlledComponent();
    const { send, logger } = replicas.add({ component, concurrency: "reject" });
    const running = send(ask("one", "r1"));
    await isThere(send, "r1");
    const says = /"s" is still answering. Wait for that answer, or stop it/;
    expectRefusal(await send(ask("two", "r2")), 409, null, says);
    source("one").end();
    expect((await running).status).toBe(200);
    expect(calls("two")).toBe(0);
    expect(codesIn(logger)).toEqual([]);
  });

  test("with 409 under the id of another run", async () => {
    const { send } = replicas.add({ component: echo });
    await send(ask("one", "r"));
    for (const sessionId of ["s", "t"]) {
      const refused = await send(ask("two", "r", sessionId));
      expectRefusal(refused, 409, null, /There is a run "r" already/);
      expect(refused.headers.get("x-appbuilder-request-id")).toBe("r");
    }
  });

  test("with 503 while too many of its session wait", async () => {
    const { component, source, calls } = controlledComponent();
    const { send, logger } = replicas.add({ component, queueLimit: 1 });
    const turns = [send(ask("one", "r1"))];
    await isThere(send, "r1");
    turns.push(send(ask("two", "r2")));
    await isThere(send, "r2");
    expectRefusal(await send(ask("three", "r3")), 503, "2", /try again later.*request id r3/);
    expect(codesIn(logger)).toEqual(["queue_full"]);
    source("one").end();
    source("two").end();
    for (const turn of await Promise.all(turns)) expect(turn.status).toBe(200);
    expect(calls("three")).toBe(0);
  });

  test("with 503 while the process makes too many answers", async () => {
    const { component, source, calls } = controlledComponent();
    const { send, logger } = replicas.add({ component, runLimit: 1 });
    const running = send(ask("one", "r1"));
    await isThere(send, "r1");
    expectRefusal(await send(ask("two", "r2", "t")), 503, "2", /try again later.*request id r2/);
    expect(codesIn(logger)).toEqual(["too_many_runs"]);
    source("one").end();
    expect((await running).status).toBe(200);
    source("three").end();
    expect((await send(ask("three", "r3", "t"))).status).toBe(200);
    expect(calls("two")).toBe(0);
  });

  test("with 503 where the server lost its claim meanwhile", async () => {
    const component = defineComponent<string>({
      run: async (message) => {
        // Nothing else in the process goes on, and so no claim is renewed.
        const until = performance.now() + 400;
        while (performance.now() < until);
        return message.content;
      },
    });
    const { send, logger } = replicas.add({ component, claimTime: 100 });
    expectRefusal(await send(ask("one", "r1")), 503, "2", /try again later.*request id r1/);
    expect(codesIn(logger)).toContain("claim_lost");
    const turn = await send({ method: "GET", path: "/runs/r1" });
    expect(turn.text).not.toContain('"state":"complete"');
    const messages = await send({ method: "GET", path: "/sessions/s/messages" });
    expect(messages.json()).toMatchObject({ result: { messages: [] } });
  });

  test("with 503 by a server that shuts down", async () => {
    const authenticate = (): string => "user";
    const { send, runtime, logger } = replicas.add({ component: echo, authenticate });
    await runtime.close();
    for (const request of [ask("one", "r"), { method: "GET", path: "/sessions" }]) {
      expectRefusal(await send(request), 503, "5", /try again later/);
    }
    expect(codesIn(logger)).toEqual(["run_aborted", "run_aborted"]);
  });
});

describe("a database that cannot be had", () => {
  test("is 503 on every route, and its place in no answer", async () => {
    await using folder = await temporaryFolder();
    const logger = recordingLogger();
    await using runtime = new HttpRuntime({
      component: echo,
      userSessionConfig: `sqlite:///${join(folder.path, "missing", "secret.db")}`,
      logger,
      authenticate: () => "user",
    });
    const send = inProcess(runtime.fetch);
    for (const request of [
      ask("one", "r"),
      { method: "GET", path: "/sessions" },
      { method: "DELETE", path: "/sessions/s" },
      { method: "GET", path: "/runs/r/stream" },
      { path: "/runs/r/stop" },
      { path: "/runs/r/retry" },
    ]) {
      const response = await send(request);
      expectRefusal(response, 503, "5", /try again later/);
      expect(response.text).not.toContain("secret");
    }
    expect(new Set(codesIn(logger))).toEqual(new Set(["database_unavailable"]));
  });

  test("in mid-conversation is 503 too, and the server goes on afterwards", async () => {
    class FailingStore extends MemoryStore {
      fails = false;
      override async getTurn(...args: Parameters<MemoryStore["getTurn"]>) {
        if (this.fails) throw new TurnkeepError("database_unavailable", "secret-host:5432 is away");
        return super.getTurn(...args);
      }
    }
    const store = new FailingStore();
    const logger = recordingLogger();
    await using runtime = new HttpRuntime({ component: echo, userSessionConfig: store, logger });
    const send = inProcess(runtime.fetch);
    await send(ask("one", "r"));
    store.fails = true;
    const refused = await send({ method: "GET", path: "/runs/r" });
    expectRefusal(refused, 503, "5", /try again later/);
    expect(refused.text).not.toContain("secret");
    store.fails = false;
    expect((await send({ method: "GET", path: "/runs/r" })).status).toBe(200);
  });
});
