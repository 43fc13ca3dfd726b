import { connect } from "node:net";
import fc from "fast-check";
import { defineComponent, HttpRuntime, type Message, MemoryStore, UserSession } from "turnkeep";
import { describe, expect, test } from "vitest";
import { chatRequest, inProcess, type Send } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { parseEventStream } from "../helpers/server-sent-events.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { unhandledRejections } from "../helpers/unhandled-rejections.ts";
import { failing, type Known, type OddRequest, oddRequests } from "./odd-requests.ts";

/** How many requests are sent in all. */
const requests = Number(process.env["TURNKEEP_FUZZ_RUNS"] ?? 2000);
/** How many are sent at once. */
const together = 4;
/** How long an answer may take, in milliseconds. */
const patience = 5000;

const component = defineComponent<unknown, unknown>({
  run: async (message: Message, { stream }) => {
    if (message.content === failing) throw new Error("asked to fail");
    await new UserSession().append({ query: message });
    return stream && typeof message.content === "string" ? words(message.content) : message;
  },
});

async function* words(text: string): AsyncGenerator<string> {
  yield* text.split(/(?<= )/);
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

describe("odd requests are answered, and never as a fault of the service", () => {
  test("in the process, in memory", { timeout: requests * 100 }, async () => {
    await fuzz(new MemoryStore(), async ({ runtime }) => async (request) => {
      let odd: Request;
      try {
        odd = new Request(`http://turnkeep.test${request.target}`, {
          method: request.method,
          headers: request.headers,
          ...(["GET", "HEAD", "get"].includes(request.method)
            ? {}
            : { body: Buffer.from(request.body) }),
        });
      } catch {
        // Not even a program can make it.
        return undefined;
      }
      const response = await runtime.fetch(odd);
      return {
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        text: await response.text(),
      };
    });
  });

  test("through a socket, in SQLite", { timeout: requests * 100 }, async () => {
    await using folder = await temporaryFolder();
    await fuzz(`sqlite:///${folder.path}/sessions.db`, async ({ runtime }) => {
      const server = await runtime.serve({ port: 0 });
      return async (request) => parse(await sendBytes(server.port, toBytes(request)));
    });
  });
});

async function fuzz(
  userSessionConfig: MemoryStore | string,
  open: (made: {
    readonly runtime: HttpRuntime;
  }) => Promise<(request: OddRequest) => Promise<Answer | undefined>>,
): Promise<void> {
  const logger = recordingLogger();
  await using runtime = new HttpRuntime({
    component,
    userSessionConfig,
    logger,
    bodyLimit: 16_384,
    trustUserHeader: true,
  });
  const send = await open({ runtime });
  const known = await prepare(inProcess(runtime.fetch));
  let answered = 0;
  const statuses = new Map<number, number>();
  const work = async (): Promise<void> => {
    const batches = fc.array(oddRequests(known), { minLength: together, maxLength: together });
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const before = logger.entries.length;
        const answers = await Promise.all(batch.map((request) => inTime(send(request), request)));
        for (const answer of answers) {
          if (answer === undefined) continue;
          check(answer);
          answered += 1;
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        }
        for (const { facts } of logger.entries.slice(before)) {
          expect(facts).toMatchObject({ error: { message: "asked to fail" } });
        }
      }),
      { numRuns: Math.ceil(requests / 2 / together) },
    );
  };
  expect(await unhandledRejections(work)).toEqual([]);
  expect(answered).toBeGreaterThan(requests / 4);
  // That the requests got far, and that they were refused in more than one way.
  for (const status of [200, 400, 404, 405, 500]) expect([...statuses.keys()]).toContain(status);
  const alive = await inProcess(runtime.fetch)({ method: "GET", path: "/readyz" });
  expect(alive.status).toBe(200);
}

/** Makes sessions and runs, and gives their ids and cursors. */
async function prepare(send: Send): Promise<Known> {
  const sessionIds = ["s", "a/b", "会话", "50%"];
  const requestIds: string[] = [];
  for (const sessionId of sessionIds) {
    for (const message of ["one two three", failing, { a: [1] }]) {
      const requestId = `run-${requestIds.length}`;
      requestIds.push(requestId);
      const headers = { "X-Appbuilder-Request-Id": requestId };
      await send(chatRequest({ message, session_id: sessionId }, headers));
    }
  }
  // A list of sessions is a user's.
  const user = { "X-Appbuilder-User-Id": "user" };
  for (const sessionId of ["first", "second"]) {
    await send(chatRequest({ message: "one", session_id: sessionId }, user));
  }
  const cursors: string[] = [];
  for (const path of ["/sessions", "/sessions/s/messages", "/sessions/s/turns"]) {
    const headers = path === "/sessions" ? user : {};
    const response = await send({ method: "GET", path: `${path}?limit=1`, headers });
    const { result } = response.json() as { result: { next_cursor: string } };
    cursors.push(result.next_cursor);
  }
  return { sessionIds, requestIds, cursors };
}

function check({ status, contentType, text }: Answer): void {
  if (status >= 500) {
    expect([status, text]).toEqual([500, expect.stringContaining("the component failed")]);
  }
  if (contentType.startsWith("text/event-stream") && text !== "") {
    const events = parseEventStream(text);
    expect(events.at(-1)?.id).toBe("end");
  } else if (contentType === "application/json" && text !== "" && !text.startsWith('{"openapi"')) {
    const envelope = JSON.parse(text) as { code: number; message: string; result: unknown };
    expect(Object.keys(envelope)).toEqual(["code", "message", "result"]);
    expect(envelope.code).toBe(status === 200 ? 0 : status);
    expect(envelope.message === "").toBe(status === 200);
  } else {
    // HEAD and OPTIONS; and what the server of the language refuses before anything of ours is asked.
    expect([200, 204, 400, 401, 404, 405, 415, 431, 500]).toContain(status);
  }
}

async function inTime(answer: Promise<Answer | undefined>, request: OddRequest) {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer: ${JSON.stringify(request)}`)), patience);
  });
  try {
    return await Promise.race([answer, hang]);
  } finally {
    clearTimeout(timer);
  }
}

/** A request as it goes over the wire, its body framed as it should be. */
function toBytes({ method, target, headers, body }: OddRequest): Buffer {
  const lines = [
    `${method.toUpperCase()} ${target.replaceAll(/[\s\0]/gu, "")} HTTP/1.1`,
    "Host: turnkeep.test",
    "Connection: close",
    `Content-Length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

function sendBytes(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    socket.write(bytes);
  });
}

function parse(response: string): Answer {
  const [head = "", ...rest] = response.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  expect(status, response).toBeGreaterThan(0);
  const contentType = /^content-type: (.*)$/im.exec(head)?.[1] ?? "";
  const body = rest.join("\r\n\r\n");
  const text = /^transfer-encoding: chunked$/im.test(head) ? dechunk(body) : body;
  return { status, contentType, text };
}

function dechunk(body: string): string {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString("utf8");
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
