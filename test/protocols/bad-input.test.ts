import { defineComponent, HttpRuntime, type Message, MemoryStore } from "turnkeep";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  chatRequest,
  inProcess,
  type PlainRequest,
  type Send,
  throughSocket,
} from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

const json = { "Content-Type": "application/json" };
const deep = (levels: number): string => `{"message":${"[".repeat(levels)}${"]".repeat(levels)}}`;

interface Case {
  readonly name: string;
  readonly request: PlainRequest;
  readonly status: number;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    name: "message missing",
    request: chatRequest({ session_id: "s" }),
    status: 400,
    says: /message is required/,
  },
  {
    name: "a list for a body",
    request: chatRequest(["message"]),
    status: 400,
    says: /must be a JSON object.*a list of 1/,
  },
  { name: "an empty body", request: { headers: json }, status: 400, says: /body is empty/ },
  {
    name: "not JSON",
    request: { headers: json, body: "{message:1}" },
    status: 400,
    says: /not JSON/,
  },
  {
    name: "a number too large to keep",
    request: { headers: json, body: '{"message":12345678901234567890}' },
    status: 400,
    says: /12345678901234567890.*send it as a string/,
  },
  {
    name: "nesting beyond the limit",
    request: { headers: json, body: deep(250) },
    status: 400,
    says: /deeper than 200/,
  },
  {
    name: "nesting far beyond any stack",
    request: { headers: json, body: deep(2_000) },
    status: 400,
    says: /deeper than 200/,
  },
  {
    name: "UTF-16",
    request: { headers: json, body: Buffer.from('{"message":"x"}', "utf16le") },
    status: 400,
    says: /not JSON|UTF-8/,
  },
  {
    name: "invalid UTF-8",
    request: { headers: json, body: Buffer.from('{"message":"\u00ff"}', "latin1") },
    status: 400,
    says: /not UTF-8/,
  },
  {
    name: "a lone surrogate in a value",
    request: { headers: json, body: '{"message":{"a":["\\ud83d"]}}' },
    status: 400,
    says: /the body\.message\.a\[0\].*surrogate/,
  },
  {
    name: "a lone surrogate in a key",
    request: { headers: json, body: '{"message":{"\\udc00":1}}' },
    status: 400,
    says: /a key of the body\.message.*surrogate/,
  },
  {
    name: "a lone surrogate in the session id",
    request: { headers: json, body: '{"message":1,"session_id":"\\ud83d"}' },
    status: 400,
    says: /surrogate/,
  },
  {
    name: "another charset",
    request: {
      headers: { "Content-Type": "application/json; charset=gbk" },
      body: '{"message":"x"}',
    },
    status: 415,
    says: /in UTF-8.*gbk/,
  },
  {
    name: "a form",
    request: {
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "message=x",
    },
    status: 415,
    says: /application\/json.*x-www-form/,
  },
  { name: "no content type", request: { body: '{"message":"x"}' }, status: 415, says: /absent/ },
  {
    name: "a session id of 37 characters",
    request: chatRequest({ message: "x", session_id: "s".repeat(37) }),
    status: 400,
    says: /session_id is longer than 36 characters/,
  },
  {
    name: "a session id of 37 emoji",
    request: chatRequest({ message: "x", session_id: "😀".repeat(37) }),
    status: 400,
    says: /session_id is longer than 36/,
  },
  {
    name: "a session id that is a list",
    request: chatRequest({ message: "x", session_id: ["s"] }),
    status: 400,
    says: /session_id must be a text.*a list of 1/,
  },
  {
    name: "a session id with a line break",
    request: chatRequest({ message: "x", session_id: "a\nb" }),
    status: 400,
    says: /session_id holds a control character/,
  },
  {
    name: "stream as a text",
    request: chatRequest({ message: "x", stream: "yes" }),
    status: 400,
    says: /stream must be true or false.*"yes"/,
  },
  {
    name: "an argument called signal",
    request: chatRequest({ message: "x", signal: 1 }),
    status: 400,
    says: /signal cannot be an argument/,
  },
  {
    name: "a request id of 37 characters",
    request: chatRequest({ message: "x" }, { "X-Appbuilder-Request-Id": "r".repeat(37) }),
    status: 400,
    says: /X-Appbuilder-Request-Id.*1 to 36/,
  },
  {
    name: "a request id with a space",
    request: chatRequest({ message: "x" }, { "X-Appbuilder-Request-Id": "a b" }),
    status: 400,
    says: /X-Appbuilder-Request-Id/,
  },
  {
    name: "a user id of 256 characters",
    request: chatRequest({ message: "x" }, { "X-Appbuilder-User-Id": "u".repeat(256) }),
    status: 400,
    says: /X-Appbuilder-User-Id is longer than 255/,
  },
  {
    name: "a user id that is not UTF-8",
    request: chatRequest({ message: "x" }, { "X-Appbuilder-User-Id": "\u00ff" }),
    status: 400,
    says: /X-Appbuilder-User-Id is not UTF-8/,
  },
  {
    name: "a body over the limit",
    request: chatRequest({ message: "x".repeat(5000) }),
    status: 413,
    says: /larger than 4096 bytes/,
  },
  {
    name: "another method",
    request: { method: "PUT", headers: json, body: "{}" },
    status: 405,
    says: /takes POST, not PUT/,
  },
  {
    name: "another path",
    request: { path: "/chats", headers: json, body: "{}" },
    status: 404,
    says: /nothing at "\/chats"/,
  },
];

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
  const runtime = new HttpRuntime({ component, userSessionConfig: store, logger, bodyLimit: 4096 });
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

  test.each(cases)("$name is $status", async ({ request, status, says }) => {
    const response = await send(request);
    expect(response.status).toBe(status);
    const envelope = response.json() as { code: number; message: string; result: unknown };
    expect(envelope).toEqual({ code: status, message: envelope.message, result: null });
    expect(envelope.message).toMatch(says);
    expect(calls, "the component did not run").toBe(0);
    expect(logger.entries, "a caller's mistake is no failure of the service").toEqual([]);
  });

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

  test("a method that is not allowed says which are", async () => {
    const response = await send({ method: "DELETE" });
    expect(response.headers.get("allow")).toBe("OPTIONS, POST");
  });

  test("a refused request still names itself", async () => {
    const response = await send(chatRequest({}, { "X-Appbuilder-Request-Id": "my-request" }));
    expect(response.headers.get("x-appbuilder-request-id")).toBe("my-request");
  });
});
