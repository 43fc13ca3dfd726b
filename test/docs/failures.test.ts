import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  HttpRuntime,
  type HttpRuntimeOptions,
  MemoryStore,
  Playground,
  type SessionStore,
  TurnkeepError,
  UserSession,
} from "turnkeep";
import { expect, test } from "vitest";
import { chatRequest, inProcess, type PlainRequest } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { projectFile } from "../helpers/turnkeep-process.ts";

const body = { message: "hello" };

/** Takes what the message says, and appends. */
const component = defineComponent<string>({
  async *run(message) {
    if (message.content === "fail") throw new Error("a detail");
    if (message.content === "wait") await sleep(10_000);
    await new UserSession().append({ query: message });
    yield "done";
  },
});

class UnreachableStore extends MemoryStore {
  override async beginTurn(): ReturnType<SessionStore["beginTurn"]> {
    throw new TurnkeepError("database_unavailable", "a detail");
  }
}

const plain = (text: string): PlainRequest => ({
  headers: { "Content-Type": "application/json" },
  body: text,
});

const unreachableModel = {
  specificationVersion: "v4",
  provider: "docs",
  modelId: "unreachable",
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error("a detail")),
  doStream: () => Promise.reject(new Error("a detail")),
} as const;

/** A run "r" of the session "s". */
const first = (message: string): PlainRequest =>
  chatRequest({ message, session_id: "s" }, { "X-Appbuilder-Request-Id": "r" });
const key = { "Idempotency-Key": "k" };

/** Each refused request, how its runtime is made, and what was asked of it before. */
const requests: readonly (readonly [PlainRequest, Partial<HttpRuntimeOptions>?, PlainRequest?])[] =
  [
    [plain("{}")],
    [chatRequest({ ...body, session_id: "" })],
    [chatRequest({ ...body, stream: 1 })],
    [plain("")],
    [plain("[]")],
    [chatRequest(body, { "X-Appbuilder-Request-Id": "a b" })],
    [{ path: "/sessions?limit=0", method: "GET" }],
    [{ path: "/sessions?cursor=x", method: "GET" }],
    [chatRequest(body), { authenticate: () => Promise.reject(new Error("a detail")) }],
    [chatRequest(body), { lazyCertification: true }],
    [{ ...chatRequest(body), path: "/talk" }],
    [{ path: "/sessions/s", method: "GET" }],
    [{ path: "/runs/r", method: "GET" }],
    [{ path: "/chat", method: "GET" }],
    [chatRequest({ ...body, session_id: "s" }), { concurrency: "reject" }, first("wait")],
    [first("other"), {}, first("hello")],
    [{ path: "/runs/r/retry" }, {}, first("hello")],
    [chatRequest({ message: "a".repeat(4 * 1024 * 1024) })],
    [{ ...chatRequest(body), headers: { "Content-Type": "text/plain" } }],
    [chatRequest({ message: "other" }, key), {}, chatRequest(body, key)],
    [chatRequest({ message: "fail" })],
    [chatRequest(body), { component: new Playground({ model: unreachableModel, maxRetries: 0 }) }],
    [chatRequest(body), { userSessionConfig: new UnreachableStore() }],
    [chatRequest({ message: "wait" }), { runTimeout: 10 }],
  ];

/** The rows of the table in the document: status and message. */
function documented(): string[][] {
  return readFileSync(projectFile("docs/http-api.md"), "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, status = ""]) => /^\d{3}$/.test(status))
    .map(([, status = "", , message = ""]) => [status, message.replaceAll(/^`|`$/g, "")]);
}

test("every failure in the document is answered so, and no other", async () => {
  const logger = recordingLogger();
  const answers: string[][] = [];
  for (const [request, options = {}, before] of requests) {
    await using runtime = new HttpRuntime({
      component,
      userSessionConfig: new MemoryStore(),
      logger,
      shutdownGrace: 0,
      ...options,
    });
    const send = inProcess(runtime.fetch);
    // What waits goes on meanwhile.
    if (before !== undefined) await Promise.race([send(before), sleep(50)]);
    const response = await send(request);
    const { code, message, result } = response.json() as Record<string, unknown>;
    expect({ code, result }).toEqual({ code: response.status, result: null });
    expect(message).not.toContain("a detail");
    const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
    answers.push([String(response.status), String(message).replaceAll(uuid, "<id>")]);
  }
  expect(answers).toEqual(documented());
});
