import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { chosenDatabase } from "../databases/chosen.ts";
import { type FaultServer, startFaultServer } from "./start-fault-server.ts";
import { messagesOf, type StoredMessage } from "./inspect.ts";
import { readEvents, type StreamedText } from "./read-events.ts";

const full = process.env["TURNKEEP_FAULTS"] === "full";
const streams = full ? 500 : 60;

let database: TestDatabase;
let servers: FaultServer[];

beforeEach(async () => {
  database = await (await chosenDatabase()).createDatabase();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database[Symbol.asyncDispose]();
});

async function startTwo(options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const { url } = database;
  servers = [await startFaultServer(url, options), await startFaultServer(url, options)];
}

function urlOf(index: number): string {
  return servers[index % servers.length]?.url ?? "";
}

function send(
  url: string,
  body: Readonly<Record<string, unknown>>,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${url}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

function rowsOf(sessionId: string): Promise<StoredMessage[]> {
  return messagesOf(database.url, sessionId);
}

/** The text that the fault server's component answers to a question. */
function answerTo(question: string): string {
  return Array.from({ length: 5 }, (_, piece) => `${question}/${piece} `).join("");
}

describe("two servers on one database", () => {
  test("keep every turn whole whose client leaves at a random moment", async () => {
    await startTwo();
    const all = Array.from({ length: streams }, (_, index) => index);
    await Promise.all(
      all.map(async (index) => {
        const leave = new AbortController();
        try {
          const response = await send(
            urlOf(index),
            { message: `${index}`, session_id: `s${index}`, stream: true },
            { signal: leave.signal },
          );
          const reader = response.body?.getReader();
          await reader?.read();
          await sleep(Math.random() * 40);
          leave.abort();
        } catch {
          // The client left before the answer began.
        }
      }),
    );
    await sleep(1000);
    for (const index of all) {
      expect((await rowsOf(`s${index}`)).map(({ content }) => content)).toEqual([
        `${index}`,
        answerTo(`${index}`),
      ]);
    }
  });

  test("give every client the same text that comes back wherever it was cut", async () => {
    await startTwo({ chunkInterval: 20 });
    await Promise.all(
      Array.from({ length: streams }, async (_, index) => {
        const question = `${index}😀`;
        const cut = new AbortController();
        const response = await send(
          urlOf(index),
          { message: question, session_id: `s${index}`, stream: true },
          { signal: cut.signal },
        );
        const requestId = response.headers.get("x-appbuilder-request-id") ?? "";
        const seen: StreamedText = { text: "", lastEventId: undefined, complete: false };
        setTimeout(() => cut.abort(), Math.random() * 50);
        await readEvents(response, seen).catch(() => undefined);
        for (let attempt = 1; !seen.complete; attempt += 1) {
          const again = new AbortController();
          const headers: Record<string, string> =
            seen.lastEventId === undefined ? {} : { "Last-Event-ID": seen.lastEventId };
          const resumed = await fetch(`${urlOf(index + attempt)}/runs/${requestId}/stream`, {
            headers,
            signal: again.signal,
          });
          expect(resumed.status).toBe(200);
          if (attempt < 3) setTimeout(() => again.abort(), Math.random() * 30);
          await readEvents(resumed, seen).catch(() => undefined);
        }
        expect(seen.text).toBe(answerTo(question));
      }),
    );
  });

  test("run a request once that fifty clients send with one idempotency key", async () => {
    await startTwo();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const response = await send(
          urlOf(index),
          { message: "q", session_id: "s" },
          { headers: { "Idempotency-Key": "one" } },
        );
        expect(response.status).toBe(200);
        return response.text();
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(await rowsOf("s")).toHaveLength(2);
    const conflict = await send(
      urlOf(0),
      { message: "another", session_id: "s" },
      { headers: { "Idempotency-Key": "one" } },
    );
    expect(conflict.status).toBe(422);
    // Both restart: the key is still known.
    await Promise.all(servers.map((server) => server.kill()));
    await startTwo();
    const replayed = await send(
      urlOf(1),
      { message: "q", session_id: "s", stream: true },
      { headers: { "Idempotency-Key": "one" } },
    );
    const seen: StreamedText = { text: "", lastEventId: undefined, complete: false };
    await readEvents(replayed, seen);
    expect(seen).toEqual({ text: answerTo("q"), lastEventId: "end", complete: true });
    expect(await rowsOf("s")).toHaveLength(2);
  });

  test.each(["queue", "reject", "supersede"])(
    "keep one session's history exact under a hundred turns at once: %s",
    async (concurrency) => {
      await startTwo({ concurrency });
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const response = await send(urlOf(index), { message: `${index}`, session_id: "s" });
          return { index, status: response.status, body: await response.text() };
        }),
      );
      const ok = outcomes.filter(({ status }) => status === 200);
      const rows = await rowsOf("s");
      for (let row = 0; row < rows.length; row += 2) {
        expect(rows[row]?.key).toBe("query");
        expect(rows[row + 1]?.key).toBe("answer");
        expect(rows[row + 1]?.requestId).toBe(rows[row]?.requestId);
      }
      const kept = rows.filter(({ key }) => key === "query").map(({ content }) => content);
      expect(new Set(kept).size).toBe(kept.length);
      const whole = ok.filter(({ body }) => !body.includes('"stopped":true'));
      for (const { index } of whole) expect(kept).toContain(`${index}`);
      if (concurrency === "queue") {
        expect(whole).toHaveLength(100);
        expect(kept).toHaveLength(100);
      } else if (concurrency === "reject") {
        const refused = outcomes.filter(({ status }) => status === 409);
        expect(refused.length + ok.length).toBe(100);
        expect(kept).toHaveLength(ok.length);
      } else {
        expect(ok).toHaveLength(100);
        expect(whole.length).toBeGreaterThan(0);
      }
    },
  );
});
