import fc from "fast-check";

/** A request as nobody would write it on purpose. */
export interface OddRequest {
  readonly method: string;
  /** Path and query: bytes of any kind but for blanks and line breaks. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What there is on a server, for requests that come near to it. */
export interface Known {
  readonly sessionIds: readonly string[];
  readonly requestIds: readonly string[];
  readonly cursors: readonly string[];
}

/** The message at which the component fails. */
export const failing = "fail";

/** Any odd requests; most of them nearly right, so that they get far. */
export function oddRequests(known: Known): fc.Arbitrary<OddRequest> {
  const methods = fc.constantFrom(
    "GET",
    "POST",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PUT",
    "PROPFIND",
    "TRACE",
    "QUERY",
    "get",
  );
  return fc
    .record({
      route: fc.oneof(
        { weight: 16, arbitrary: requestsTo("POST", fc.constant("/chat")) },
        ...routes(known).map((arbitrary) => ({ weight: 4, arbitrary })),
        requestsTo("GET", oddPaths),
      ),
      query: queries(known),
      otherMethod: rarely(methods),
      headers: headers(known),
      body: bodies(known),
    })
    .map(({ route, query, otherMethod, headers: sent, body }) => ({
      method: otherMethod ?? route.method,
      target: `${route.path}${query}`,
      headers: sent,
      body,
    }));
}

function requestsTo(
  method: string,
  paths: fc.Arbitrary<string>,
): fc.Arbitrary<{ readonly method: string; readonly path: string }> {
  return paths.map((path) => ({ method, path }));
}

/** One in ten; else undefined. */
function rarely<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const oddTexts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", minLength: 30, maxLength: 300 }),
  fc.constantFrom(
    "",
    ".",
    "..",
    "/",
    "%",
    "%00",
    "null",
    "undefined",
    "__proto__",
    "constructor",
    "' OR '1'='1",
    "\ud83d",
    "\u0000",
    "a\r\nb: c",
    "\ufeff",
    "0",
    "-0",
    "1e309",
    "９",
    "NaN",
    "{{7*7}}",
    "$(id)",
    "\u2028",
  ),
);

function ids(there: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...there) },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 3, arbitrary: oddTexts },
  );
}

/** Texts as they stand in a path or a query: encoded well, twice, in part, or not at all. */
function encoded(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.nat(19)).map(([text, how]) => {
    const well = encodeURIComponent(text.toWellFormed());
    if (how === 0) return encodeURIComponent(well);
    if (how === 1) return well.slice(0, -1);
    if (how === 2) return Buffer.from(text, "latin1").toString("hex").replaceAll(/../g, "%$&");
    if (how === 3) return text.replaceAll(/[\s?#]/gu, "");
    return well;
  });
}

/** The routes with an id, most often one that is there. */
function routes(known: Known): ReturnType<typeof requestsTo>[] {
  const session = encoded(ids(known.sessionIds)).map((id) => `/sessions/${id}`);
  const run = encoded(ids(known.requestIds)).map((id) => `/runs/${id}`);
  return [
    requestsTo("GET", fc.constant("/sessions")),
    requestsTo("GET", session),
    requestsTo("PATCH", session),
    requestsTo("DELETE", session),
    requestsTo(
      "POST",
      session.map((path) => `${path}/restore`),
    ),
    requestsTo(
      "GET",
      session.map((path) => `${path}/messages`),
    ),
    requestsTo(
      "GET",
      session.map((path) => `${path}/turns`),
    ),
    requestsTo("GET", run),
    requestsTo(
      "GET",
      run.map((path) => `${path}/stream`),
    ),
    requestsTo(
      "POST",
      run.map((path) => `${path}/stop`),
    ),
    requestsTo(
      "POST",
      run.map((path) => `${path}/retry`),
    ),
  ];
}

const oddPaths = fc.oneof(
  fc.constantFrom("/", "/healthz", "/readyz", "/openapi.json", "//", "/chat/", "/sessions//"),
  fc.webPath().map((path) => `/${path}`),
  fc.array(encoded(oddTexts), { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
);

function queries({ cursors }: Known): fc.Arbitrary<string> {
  const names = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.constantFrom("limit", "cursor", "key", "deleted", "last_event_id"),
    },
    encoded(oddTexts),
  );
  const near = fc
    .tuple(fc.constantFrom(...cursors), fc.nat(60), fc.base64String({ maxLength: 4 }))
    .map(([cursor, at, text]) => `${cursor.slice(0, at)}${text}${cursor.slice(at + text.length)}`);
  const made = fc
    .array(fc.oneof(fc.string(), fc.integer(), fc.constantFrom("sessions", "messages", "turns")))
    .map((values) => Buffer.from(JSON.stringify(values)).toString("base64url"));
  const values = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...cursors) },
    near,
    made,
    fc.integer({ min: -5, max: 200 }).map(String),
    fc.constantFrom("true", "false", "end", "query", "answer"),
    encoded(oddTexts),
  );
  const pairs = fc.tuple(names, values).map(([name, value]) => `${name}=${value}`);
  return rarely(fc.array(pairs, { maxLength: 3 })).map((all = []) =>
    all.length === 0 ? "" : `?${all.join("&")}`,
  );
}

function headers(known: Known): fc.Arbitrary<Record<string, string>> {
  const values = fc.oneof(
    ids([...known.sessionIds, ...known.requestIds]),
    oddTexts,
    fc.integer().map(String),
    fc.string({ unit: "binary-ascii", minLength: 200, maxLength: 400 }),
  );
  const odd = fc.dictionary(
    fc.constantFrom(
      "X-Appbuilder-Request-Id",
      "X-Appbuilder-User-Id",
      "X-Appbuilder-Authorization",
      "Idempotency-Key",
      "Last-Event-ID",
      "Accept",
      "Accept-Encoding",
      "Content-Encoding",
      "Content-Language",
      "Origin",
      "Range",
      "If-None-Match",
      "X-Forwarded-For",
    ),
    // What a header holds is bytes: of characters above them only the last is kept.
    values.map((text) =>
      Buffer.from(text, "latin1")
        .toString("latin1")
        .replaceAll(/[\0\r\n]/g, ""),
    ),
    { maxKeys: 4, noNullPrototype: true },
  );
  const types = fc.oneof(
    { weight: 12, arbitrary: fc.constant("application/json") },
    fc.constantFrom(
      "application/json; charset=utf-8",
      'APPLICATION/JSON;charset="UTF8"',
      "application/json; charset=gbk",
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      "",
      ";",
    ),
  );
  return fc
    .tuple(rarely(odd), types)
    .map(([all, type]) => Object.assign(all ?? {}, { "Content-Type": type }));
}

function bodies(known: Known): fc.Arbitrary<Uint8Array> {
  const json = fc.oneof(
    fc.constantFrom({ message: failing }, { message: "hello", stream: true }, { signal: 1 }),
    fc.record(
      {
        message: fc.oneof(
          fc.constantFrom("hello", failing, "", null),
          oddTexts,
          fc.jsonValue({ maxDepth: 4 }),
        ),
        session_id: fc.oneof({ weight: 9, arbitrary: ids(known.sessionIds) }, fc.jsonValue()),
        stream: fc.oneof({ weight: 9, arbitrary: fc.boolean() }, fc.jsonValue()),
        temperature: fc.double(),
      },
      { requiredKeys: [] },
    ),
    fc.record({ title: fc.oneof(oddTexts, fc.constant(null), fc.jsonValue()) }),
    fc.record({ stream: fc.boolean() }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  const texts = json.map((value) => Buffer.from(JSON.stringify(value) ?? ""));
  return fc.oneof(
    { weight: 12, arbitrary: texts },
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 50 }),
    texts.map((bytes) => bytes.subarray(0, -1)),
    texts.map((bytes) => Buffer.from(bytes.toString(), "utf16le")),
    fc.integer({ min: 1, max: 300 }).map((levels) => Buffer.from("[".repeat(levels))),
    fc.constant(Buffer.from(JSON.stringify({ message: "x".repeat(20_000) }))),
  );
}
