import { readFileSync } from "node:fs";
import { defineComponent, HttpRuntime, MemoryStore } from "turnkeep";
import { expect, test } from "vitest";
import { z } from "zod";
import { chatRequest, inProcess, type PlainRequest } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { chat, chunksOf } from "../protocols/ai-sdk-ui/chat-requests.ts";
import { projectFile } from "../helpers/turnkeep-process.ts";

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const component = defineComponent<string>({
  async *run(message) {
    yield "piece";
    if (message.content === "fail") throw new Error("no");
  },
});

const serve = () => {
  const runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
  });
  return { runtime, send: inProcess(runtime.fetch) };
};

const operationsOf = (item: object): string[] =>
  Object.keys(item)
    .filter((key) => key !== "parameters")
    .map((method) => method.toUpperCase());

test("the description has every path, with the methods that it takes", async () => {
  const { runtime, send } = serve();
  await using _ = runtime;
  const description = (await send({ method: "GET", path: "/openapi.json" })).json() as Description;
  for (const [path, item] of Object.entries(description.paths)) {
    const methods = operationsOf(item);
    const response = await send({ method: "OPTIONS", path: path.replaceAll(/[{}]/g, "") });
    expect(response.headers.get("allow"), path).toBe(
      [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].toSorted().join(", "),
    );
  }
  const documented = readFileSync(projectFile("docs/http-api.md"), "utf8");
  const table = documented.slice(0, documented.indexOf("\n## "));
  const named = [...table.matchAll(/\/[a-z][^` ]*(?=`)/g)].map(([path]) => path);
  expect(new Set(named.filter((path) => path !== "/openapi.json"))).toEqual(
    new Set(Object.keys(description.paths)),
  );
});

test("the answers are as they are described", async () => {
  const { runtime, send } = serve();
  await using _ = runtime;
  const description = (await send({ method: "GET", path: "/openapi.json" })).json() as Description;
  const named = (message: string, requestId: string): PlainRequest =>
    chatRequest({ message, session_id: "s" }, { "X-Appbuilder-Request-Id": requestId });
  const json = { "Content-Type": "application/json" };
  const asked: (readonly [string, PlainRequest])[] = [
    ["/chat", named("hello", "r")],
    ["/chat", named("fail", "f")],
    ["/chat", chatRequest({})],
    ["/sessions", { method: "GET", path: "/sessions" }],
    ["/sessions", { method: "GET", path: "/sessions?limit=0" }],
    ["/sessions/{session_id}", { method: "GET", path: "/sessions/s" }],
    ["/sessions/{session_id}", { method: "GET", path: "/sessions/t" }],
    [
      "/sessions/{session_id}",
      { method: "PATCH", path: "/sessions/s", headers: json, body: '{"title":"T"}' },
    ],
    ["/sessions/{session_id}/messages", { method: "GET", path: "/sessions/s/messages" }],
    ["/sessions/{session_id}/rows", { method: "GET", path: "/sessions/s/rows" }],
    ["/sessions/{session_id}/export", { method: "GET", path: "/sessions/s/export" }],
    ["/sessions/{session_id}/turns", { method: "GET", path: "/sessions/s/turns" }],
    ["/runs/{request_id}", { method: "GET", path: "/runs/r" }],
    ["/runs/{request_id}", { method: "GET", path: "/runs/f" }],
    ["/runs/{request_id}/stop", { method: "POST", path: "/runs/r/stop" }],
    ["/runs/{request_id}/select", { method: "POST", path: "/runs/r/select" }],
    ["/runs/{request_id}/select", { method: "POST", path: "/runs/none/select" }],
    [
      "/runs/{request_id}/feedback",
      { method: "PUT", path: "/runs/r/feedback", headers: json, body: '{"value":"down"}' },
    ],
    [
      "/runs/{request_id}/feedback",
      { method: "PUT", path: "/runs/r/feedback", headers: json, body: '{"value":7}' },
    ],
    ["/runs/{request_id}/retry", { method: "POST", path: "/runs/f/retry" }],
    ["/runs/{request_id}/retry", { method: "POST", path: "/runs/r/retry" }],
    ["/sessions/{session_id}", { method: "DELETE", path: "/sessions/s" }],
    ["/sessions/{session_id}/restore", { method: "POST", path: "/sessions/s/restore" }],
    ["/api/chat/{session_id}/messages", { method: "GET", path: "/api/chat/s/messages" }],
    ["/healthz", { method: "GET", path: "/healthz" }],
    ["/readyz", { method: "GET", path: "/readyz" }],
  ];
  const seen = new Set<string>();
  for (const [path, request] of asked) {
    const response = await send(request);
    const method = (request.method ?? "POST").toLowerCase();
    const place = `${method} ${path} ${response.status}`;
    const operation = description.paths[path]?.[method];
    const schema = operation?.responses[response.status]?.content?.["application/json"]?.schema;
    expect(schema, place).toBeDefined();
    const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(read.safeParse(response.json()).error, place).toBeUndefined();
    seen.add(path);
  }
  const streams = [
    "/runs/{request_id}/stream",
    "/api/chat",
    "/api/chat/{session_id}/stream",
    "/api/chat/{session_id}/stop",
  ];
  expect(new Set([...seen, ...streams])).toEqual(new Set(Object.keys(description.paths)));

  const stream = await send(chatRequest({ message: "hello", stream: true }));
  const events = description.paths["/chat"]?.["post"]?.responses["200"]?.content;
  const read = z.fromJSONSchema(
    events?.["text/event-stream"]?.schema as Parameters<typeof z.fromJSONSchema>[0],
  );
  expect(stream.events()).toHaveLength(2);
  for (const event of stream.events()) expect(read.safeParse(event).error).toBeUndefined();

  const chunks = chunksOf(await send(chat("chunks", "hello")));
  const described = description.paths["/api/chat"]?.["post"]?.responses["200"]?.content;
  const readChunk = z.fromJSONSchema(
    described?.["text/event-stream"]?.schema as Parameters<typeof z.fromJSONSchema>[0],
  );
  expect(chunks.length).toBeGreaterThan(4);
  for (const chunk of chunks) expect(readChunk.safeParse(chunk).error).toBeUndefined();
});
