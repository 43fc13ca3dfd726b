import { chatRequest, type PlainRequest } from "../helpers/http-client.ts";

/** A request that is refused before anything runs. */
export interface Case {
  readonly name: string;
  readonly request: PlainRequest;
  readonly status: number;
  readonly says: RegExp;
}

const json = { "Content-Type": "application/json" };
/** A body that nests so deep. */
export const deep = (levels: number): string =>
  `{"message":${"[".repeat(levels)}${"]".repeat(levels)}}`;

/** What `/chat` refuses. */
export const chatCases: readonly Case[] = [
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
