import { HttpRuntime, MemoryStore } from "turnkeep";
import { afterAll, describe, expect, test } from "vitest";
import { inProcess, type PlainRequest } from "../../helpers/http-client.ts";
import { recordingLogger } from "../../helpers/recording-logger.ts";
import { controlledComponent } from "../replicas.ts";
import { chat, userMessage } from "./chat-requests.ts";

const json = { "Content-Type": "application/json" };
const raw = (body: string, headers: Readonly<Record<string, string>> = json): PlainRequest => ({
  path: "/api/chat",
  headers,
  body,
});
const with_ = (changes: Readonly<Record<string, unknown>>) => chat("s", "q", changes);

const cases: readonly (readonly [string, PlainRequest, number, RegExp])[] = [
  ["no body", raw(""), 400, /^The body is empty: send JSON such as \{"id": "/],
  ["no JSON", raw("{id"), 400, /^Bad body: /],
  ["another type", raw("{}", { "Content-Type": "text/plain" }), 415, /"text\/plain"/],
  ["a large body", chat("s", "x".repeat(5000)), 413, /^The body is larger than 4096 bytes/],
  ["no id", with_({ id: undefined }), 400, /^id, the session's, must be a text, but it is nothing/],
  [
    "an id that is none",
    with_({ id: 7 }),
    400,
    /^id, the session's, must be a text, but it is 7\./,
  ],
  ["a long id", with_({ id: "s".repeat(37) }), 400, /^id, the session's, is longer than 36 char/],
  ["an empty id", with_({ id: "" }), 400, /^id, the session's, is empty/],
  ["no messages", with_({ messages: undefined }), 400, /^messages must be a list, as in \{"id"/],
  ["empty messages", with_({ messages: [] }), 400, /^messages is empty: send the new message/],
  ["a text as message", with_({ messages: ["q"] }), 400, /^A message must be an object such as/],
  [
    "a message without parts",
    with_({ messages: [{ role: "user", content: "q" }] }),
    400,
    /^A message's parts must be a list such as .*, but it is nothing/,
  ],
  [
    "an answer as the last message",
    with_({ messages: [{ ...userMessage("q"), role: "assistant" }] }),
    400,
    /^The last of messages must be the user's, but its role is "assistant"\./,
  ],
  [
    "a message without text",
    with_({ messages: [{ role: "user", parts: [{ type: "data-x", data: 1 }] }] }),
    400,
    /^The last of messages has no text/,
  ],
  ["an unknown trigger", with_({ trigger: "dance" }), 400, /^trigger must be .*"dance"/],
  ["an argument signal", with_({ signal: 1 }), 400, /^The key signal cannot be an argument/],
  ["an argument stream", with_({ stream: false }), 400, /^The key stream cannot be an argument/],
  [
    "a key that is none",
    chat("s", "q", {}, { "Idempotency-Key": "k".repeat(256) }),
    400,
    /^The idempotency key is "k+\.\.\."/,
  ],
  ["GET", { path: "/api/chat", method: "GET" }, 405, /^\/api\/chat takes POST, not GET/],
  [
    "a path that goes on",
    { path: "/api/chat/s", method: "GET" },
    404,
    /nothing at \\"\/api\/chat\/s/,
  ],
  [
    "a wrong limit",
    { path: "/api/chat/s/messages?limit=0", method: "GET" },
    400,
    /^limit must be a whole number from 1 to 100, but it is "0"\./,
  ],
  [
    "another list's cursor",
    { path: "/api/chat/s/messages?cursor=x", method: "GET" },
    400,
    /^The cursor is not one that this list gave/,
  ],
  ["a session that is not there", { path: "/api/chat/s/messages", method: "GET" }, 404, /"s"/],
  ["a session to stop that is not there", { path: "/api/chat/s/stop" }, 404, /"s"/],
  ["a long id in a path", { path: `/api/chat/${"s".repeat(37)}/stop` }, 400, /^session_id is long/],
  ["a path that is not UTF-8", { path: "/api/chat/%ff/stop" }, 400, /not percent-encoded UTF-8/],
];

describe("the AI SDK's wire refuses", () => {
  const { component, calls } = controlledComponent();
  const logger = recordingLogger();
  const runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger,
    bodyLimit: 4096,
  });
  const send = inProcess(runtime.fetch);
  afterAll(() => runtime.close());

  test.each(cases)("%s", async (name, request, status, says) => {
    const response = await send(request);
    expect([response.status, response.text]).toEqual([status, expect.stringMatching(says)]);
    // A path that there is not is no route of this wire's.
    const type = name === "a path that goes on" ? "application/json" : "text/plain; charset=UTF-8";
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(calls("q"), "the component did not run").toBe(0);
    expect(logger.entries, "a caller's mistake is no failure of the service").toEqual([]);
  });
});
