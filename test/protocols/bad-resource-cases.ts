import type { PlainRequest } from "../helpers/http-client.ts";
import type { Case } from "./bad-chat-cases.ts";

const json = { "Content-Type": "application/json" };
const patch = (body: string, headers: Readonly<Record<string, string>> = json): PlainRequest => ({
  method: "PATCH",
  path: "/sessions/s",
  headers,
  body,
});
const retry = (body: string, headers: Readonly<Record<string, string>> = json): PlainRequest => ({
  path: "/runs/r/retry",
  headers,
  body,
});

/** What every route with an id in its path refuses, and every list. */
const pathsOfSession = ["", "/messages", "/turns", "/rows", "/export"].map(
  (rest) => (id: string) => ({
    method: "GET",
    path: `/sessions/${id}${rest}`,
  }),
);
const pathsOfRun = [
  (id: string) => ({ method: "GET", path: `/runs/${id}` }),
  (id: string) => ({ method: "GET", path: `/runs/${id}/stream` }),
  (id: string) => ({ path: `/runs/${id}/stop` }),
  (id: string) => ({ path: `/runs/${id}/retry` }),
];
const changesOfSession = [
  (id: string) => ({ ...patch('{"title":"x"}'), path: `/sessions/${id}` }),
  (id: string) => ({ method: "DELETE", path: `/sessions/${id}` }),
  (id: string) => ({ path: `/sessions/${id}/restore` }),
];
const wrongIds = [
  ["s".repeat(37), /is longer than 36 characters/],
  ["%F0%9F%98%80".repeat(37), /is longer than 36 characters/],
  ["a%0Ab", /holds a control character/],
  ["%00", /holds a control character/],
  ["%ff", /not percent-encoded UTF-8/],
  ["%E4%BD", /not percent-encoded UTF-8/],
  ["%ED%A0%BD", /not percent-encoded UTF-8/],
  ["50%", /not percent-encoded UTF-8/],
  ["%zz", /not percent-encoded UTF-8/],
] as const;
const lists = ["/sessions", "/sessions/s/messages", "/sessions/s/turns", "/sessions/s/rows"];
const wrongQueries = [
  ...["0", "101", "-1", "1.5", "1e1", "", "ten", "%EF%BC%91", "0x10", "1000", "%2010"].map(
    (limit) =>
      [`limit=${limit}`, /limit must be a whole number from 1 to 100, but it is "/] as const,
  ),
  ["limit=1&limit=2", /parameter limit is there twice/],
  ["cursor=x", /cursor is not one that this list gave/],
  ["cursor=", /cursor is not one that this list gave/],
  ["cursor=a&cursor=a", /parameter cursor is there twice/],
] as const;

const casesOfIds = [...pathsOfSession, ...changesOfSession, ...pathsOfRun].flatMap((toRequest) =>
  wrongIds.map(([id, says]): Case => {
    const request = toRequest(id);
    const { method = "POST", path } = request as PlainRequest;
    return { name: `${method} ${path}`, request, status: 400, says };
  }),
);
const casesOfQueries = [
  ...lists.flatMap((path) =>
    wrongQueries.map(([query, says]) => [`${path}?${query}`, says] as const),
  ),
  ["/sessions?deleted=yes", /deleted must be true or false, but it is "yes"/],
  ["/sessions?deleted=", /deleted must be true or false/],
  ["/sessions?deleted=true&deleted=true", /deleted is there twice/],
  ["/sessions?search=", /search is empty: "". Send 1 to 255 characters, or no search for all/],
  [`/sessions?search=${"s".repeat(256)}`, /search is longer than 255 characters/],
  ["/sessions?search=a%0Ab", /search holds a control character/],
  ["/sessions?search=a&search=b", /search is there twice/],
  ["/sessions/s/export?format=html", /format must be json or markdown, but it is "html"/],
  ["/sessions/s/export?format=", /format must be json or markdown/],
  ["/sessions/s/export?format=toString", /format must be json or markdown/],
  ["/sessions/s/export?format=json&format=json", /format is there twice/],
  ["/sessions/s/messages?key=", /key is empty/],
  [`/sessions/s/messages?key=${"k".repeat(129)}`, /key is longer than 128 characters/],
  ["/sessions/s/messages?key=a%0Ab", /key holds a control character/],
  ["/sessions/s/messages?key=a&key=b", /key is there twice/],
  ...["x", "-1", "1.5", "1e3", "", "%20", "END", "end%20", "0x1", "1234567890123456"].map(
    (id) =>
      [`/runs/r/stream?last_event_id=${id}`, /last_event_id is ".*id of the last event/] as const,
  ),
  ["/runs/r/stream?last_event_id=1&last_event_id=1", /last_event_id is there twice/],
].map(([path, says]): Case => {
  const request = { method: "GET", path: String(path) };
  return { name: `GET ${path}`, request, status: 400, says: says as RegExp };
});
const casesOfHeaders = [
  ...["x", "-1", "1.5", "", "end, end", "\u00ff"].map((id): Case => ({
    name: `a stream after ${JSON.stringify(id)}`,
    request: { method: "GET", path: "/runs/r/stream", headers: { "Last-Event-ID": id } },
    status: 400,
    says: /The header Last-Event-ID is "/,
  })),
  ...[...lists, "/sessions/s", "/runs/r", "/runs/r/stream"].map((path): Case => ({
    name: `GET ${path} for a user whose id is too long`,
    request: { method: "GET", path, headers: { "X-Appbuilder-User-Id": "u".repeat(256) } },
    status: 400,
    says: /X-Appbuilder-User-Id is longer than 255/,
  })),
  {
    name: "a retry under an id that is none",
    request: { path: "/runs/r/retry", headers: { "X-Appbuilder-Request-Id": "a b" } },
    status: 400,
    says: /X-Appbuilder-Request-Id is "a b"/,
  } satisfies Case,
];
const casesOfBodies: readonly Case[] = [
  { name: "a title of nothing", request: patch("{}"), status: 400, says: /title is required/ },
  { name: "an empty title", request: patch('{"title":""}'), status: 400, says: /title is empty/ },
  {
    name: "a title of 256 characters",
    request: patch(JSON.stringify({ title: "😀".repeat(256) })),
    status: 400,
    says: /title is longer than 255 characters/,
  },
  {
    name: "a title with a line break",
    request: patch('{"title":"a\\nb"}'),
    status: 400,
    says: /title holds a control character/,
  },
  {
    name: "a title that is a number",
    request: patch('{"title":1}'),
    status: 400,
    says: /title must be a text or null, but it is 1/,
  },
  {
    name: "half a character in a title",
    request: patch('{"title":"\\ud83d"}'),
    status: 400,
    says: /surrogate/,
  },
  {
    name: "a change of something else",
    request: patch('{"title":"x","deleted":true}'),
    status: 400,
    says: /Only title can be changed, not "deleted"/,
  },
  {
    name: "a change that is a list",
    request: patch("[]"),
    status: 400,
    says: /must be a JSON object such as \{"title": "..."\}/,
  },
  {
    name: "a change of nothing",
    request: patch(""),
    status: 400,
    says: /body is empty: send JSON such as \{"title": "..."\}/,
  },
  {
    name: "a change as a form",
    request: patch("title=x", { "Content-Type": "application/x-www-form-urlencoded" }),
    status: 415,
    says: /application\/json/,
  },
  {
    name: "a change over the limit",
    request: patch(JSON.stringify({ title: "x".repeat(5000) })),
    status: 413,
    says: /larger than 4096 bytes/,
  },
  {
    name: "a retry with another message",
    request: retry('{"message":"x"}'),
    status: 400,
    says: /send stream or nothing, not "message"/,
  },
  {
    name: "a retry whose stream is a text",
    request: retry('{"stream":"yes"}'),
    status: 400,
    says: /stream must be true or false, but it is "yes"/,
  },
  { name: "a retry of a list", request: retry("[]"), status: 400, says: /\{"stream": true\}/ },
  {
    name: "a retry as a form",
    request: retry("stream=true", { "Content-Type": "application/x-www-form-urlencoded" }),
    status: 415,
    says: /application\/json/,
  },
  {
    name: "a retry over the limit",
    request: retry(" ".repeat(5000)),
    status: 413,
    says: /larger than 4096 bytes/,
  },
];
const casesOfPaths = [
  ["GET", "/sessions/"],
  ["GET", "/sessions/s/"],
  ["GET", "/sessions/s/other"],
  ["GET", "/sessions//messages"],
  ["GET", "/runs"],
  ["GET", "/runs/"],
  ["GET", "/runs/r/other"],
  ["POST", "/runs/r/stop/now"],
].map(([method = "", path = ""]): Case => {
  return {
    name: `${method} ${path}`,
    request: { method, path },
    status: 404,
    says: /nothing at "/,
  };
});
/** Methods that a path does not take, and those that it does. */
export const casesOfMethods = [
  ["DELETE", "/chat", "OPTIONS, POST"],
  ["POST", "/sessions", "GET, HEAD, OPTIONS"],
  ["PUT", "/sessions/s", "DELETE, GET, HEAD, OPTIONS, PATCH"],
  ["GET", "/sessions/s/restore", "OPTIONS, POST"],
  ["DELETE", "/sessions/s/messages", "GET, HEAD, OPTIONS"],
  ["POST", "/sessions/s/rows", "GET, HEAD, OPTIONS"],
  ["POST", "/sessions/s/export", "GET, HEAD, OPTIONS"],
  ["PROPFIND", "/sessions/s/turns", "GET, HEAD, OPTIONS"],
  ["DELETE", "/runs/r", "GET, HEAD, OPTIONS"],
  ["POST", "/runs/r/stream", "GET, HEAD, OPTIONS"],
  ["GET", "/runs/r/stop", "OPTIONS, POST"],
  ["GET", "/runs/r/retry", "OPTIONS, POST"],
  ["GET", "/runs/r/select", "OPTIONS, POST"],
  ["POST", "/runs/r/feedback", "OPTIONS, PUT"],
  ["POST", "/healthz", "GET, HEAD, OPTIONS"],
  ["POST", "/readyz", "GET, HEAD, OPTIONS"],
  ["POST", "/openapi.json", "GET, HEAD, OPTIONS"],
] as const;

/** What the routes of `/sessions` and `/runs` refuse. */
export const resourceCases: readonly Case[] = [
  ...casesOfIds,
  ...casesOfQueries,
  ...casesOfHeaders,
  ...casesOfBodies,
  ...casesOfPaths,
];
