import { defineComponent, HttpRuntime, type Message, MemoryStore } from "turnkeep";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, inProcess, type Send, throughSocket } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { chatCases, deep } from "./bad-chat-cases.ts";
import { casesOfMethods, resourceCases } from "./bad-resource-cases.ts";

describe.each(["in the process", "through a socket"])("bad input %s", (way) => {
  let calls = 0;
  const component = defineComponent({
    run: async (message: Message) => {
      calls += 1;
      return message.content;
    },
  });
  const store = new MemoryStore();
  const logger = recordingLogger();
  const runtime = new HttpRuntime({
    component,
    userSessionConfig: store,
    logger,
    bodyLimit: 4096,
    authenticate: () => "user",
  });
  let send: Send;

  beforeAll(async () => {
    send =
      way === "in the process"
        ? inProcess(runtime.fetch)
        : throughSocket((await runtime.serve({ port: 0 })).url);
  });
  beforeEach(() => {
    calls = 0;
  });
  afterAll(() => runtime.close());

  test.each([...chatCases, ...resourceCases])(
    "$name is $status",
    async ({ request, status, says }) => {
      const response = await send(request);
      expect(response.status).toBe(status);
      const envelope = response.json() as { code: number; message: string; result: unknown };
      expect(envelope).toEqual({ code: status, message: envelope.message, result: null });
      expect(envelope.message).toMatch(says);
      expect(calls, "the component did not run").toBe(0);
      expect(logger.entries, "a caller's mistake is no failure of the service").toEqual([]);
    },
  );

  test("what is just within the limits is taken", async () => {
    for (const body of [
      { message: null },
      { message: "😀\u0000\u2028", session_id: "😀".repeat(36) },
      { message: "x", session_id: " " },
      JSON.parse(deep(198)) as unknown,
    ]) {
      const response = await send(chatRequest(body));
      expect(response.json()).toMatchObject({ code: 0 });
    }
    const large = chatRequest({ message: "" });
    const padding = 4096 - Buffer.byteLength(large.body as string);
    expect((await send(chatRequest({ message: "x".repeat(padding) }))).status).toBe(200);
    expect((await send(chatRequest({ message: "x".repeat(padding + 1) }))).status).toBe(413);
  });

  test.each(casesOfMethods)("%s %s says which methods are allowed", async (method, path, allow) => {
    const response = await send({ method, path });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    const pattern = path.replace("/sessions/s", "/sessions/{session_id}");
    const shown = pattern.replace("/runs/r", "/runs/{request_id}");
    expect(response.json()).toMatchObject({
      code: 405,
      message: expect.stringContaining(`${shown} takes `) as string,
      result: null,
    });
    const options = await send({ method: "OPTIONS", path });
    expect(options.status).toBe(204);
    expect(options.headers.get("allow")).toBe(allow);
  });

  test("HEAD is answered as GET is, without the body", async () => {
    await send(chatRequest({ message: "x", session_id: "s" }, { "X-Appbuilder-Request-Id": "r" }));
    for (const path of ["/sessions", "/sessions/s", "/sessions/s/turns", "/runs/r", "/healthz"]) {
      const response = await send({ method: "HEAD", path });
      expect(response.status, path).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.text).toBe("");
    }
    expect((await send({ method: "HEAD", path: "/sessions/t" })).status).toBe(404);
  });

  test("a refused request still names itself", async () => {
    const response = await send(chatRequest({}, { "X-Appbuilder-Request-Id": "my-request" }));
    expect(response.headers.get("x-appbuilder-request-id")).toBe("my-request");
  });
});
