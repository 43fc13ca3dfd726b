import { mkdir } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, type ErrorCode, HttpRuntime, MemoryStore, TurnkeepError } from "turnkeep";
import { describe, expect, test } from "vitest";
import { chatRequest, inProcess, type Send } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const component = defineComponent<string>({ run: async (message) => message.content });

const ask = (send: Send, path: "/healthz" | "/readyz") => send({ method: "GET", path });
const alive = { code: 0, message: "", result: { status: "alive" } };
const ready = { code: 0, message: "", result: { status: "ready" } };
const notReady = (message: unknown) => ({ code: 503, message, result: null });

/** A store that is as the test says. */
class CheckedStore extends MemoryStore {
  checks = 0;
  outcome: () => Promise<void> = () => Promise.resolve();

  override check(): Promise<void> {
    this.checks += 1;
    return this.outcome();
  }
}

describe("health", () => {
  test("is asked of the process and of its database", async () => {
    await using folder = await temporaryFolder();
    await using runtime = new HttpRuntime({
      component,
      userSessionConfig: `sqlite:///${join(folder.path, "sessions.db")}`,
      logger: recordingLogger(),
    });
    const send = inProcess(runtime.fetch);
    for (const [path, expected] of [
      ["/healthz", alive],
      ["/readyz", ready],
    ] as const) {
      const response = await ask(send, path);
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.json()).toEqual(expected);
    }
  });

  test("of a server without its database is alive and not ready, until the database is there", async () => {
    await using folder = await temporaryFolder();
    const logger = recordingLogger();
    await using runtime = new HttpRuntime({
      component,
      userSessionConfig: `sqlite:///${join(folder.path, "secret-folder", "sessions.db")}`,
      logger,
    });
    const send = inProcess(runtime.fetch);
    const response = await ask(send, "/readyz");
    expect(response.status).toBe(503);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.json()).toEqual(notReady("The database cannot be reached."));
    expect(JSON.stringify(logger.entries)).toContain("secret-folder");
    expect((await ask(send, "/healthz")).status).toBe(200);
    await mkdir(join(folder.path, "secret-folder"));
    expect((await ask(send, "/readyz")).json()).toEqual(ready);
  });

  test.each([
    ["database_unavailable", "The database cannot be reached."],
    ["database_read_only", "The database takes no writes."],
    [
      "database_schema_mismatch",
      "The database's tables are not those that this version works with.",
    ],
    ["database_driver_missing", "The session store cannot be used."],
  ] as const)("says of %s what it is, and nothing else", async (code: ErrorCode, message) => {
    const store = new CheckedStore();
    const logger = recordingLogger();
    await using runtime = new HttpRuntime({ component, userSessionConfig: store, logger });
    store.outcome = () => Promise.reject(new TurnkeepError(code, "at secret-host:5432"));
    const response = await ask(inProcess(runtime.fetch), "/readyz");
    expect(response.status).toBe(503);
    expect(response.json()).toEqual(notReady(message));
    expect(logger.entries).toMatchObject([{ level: "warn", facts: { error: { code } } }]);
  });

  test("says nothing of an error that is not known", async () => {
    const store = new CheckedStore();
    const logger = recordingLogger();
    await using runtime = new HttpRuntime({ component, userSessionConfig: store, logger });
    store.outcome = () => Promise.reject(new Error("password=secret"));
    const response = await ask(inProcess(runtime.fetch), "/readyz");
    expect(response.json()).toEqual(notReady("The session store cannot be used."));
  });

  test("is answered in time by a server whose database is not, with one question at a time", async () => {
    const store = new CheckedStore();
    await using runtime = new HttpRuntime({
      component,
      userSessionConfig: store,
      logger: recordingLogger(),
    });
    const send = inProcess(runtime.fetch);
    const answer = Promise.withResolvers<void>();
    store.outcome = () => answer.promise;
    const before = performance.now();
    const responses = await Promise.all(Array.from({ length: 5 }, () => ask(send, "/readyz")));
    expect(performance.now() - before).toBeLessThan(3000);
    for (const response of responses) {
      expect(response.json()).toEqual(notReady("The database did not answer within 2000 ms."));
    }
    expect(store.checks).toBe(1);
    store.outcome = () => Promise.resolve();
    answer.resolve();
    await sleep(1);
    expect((await ask(send, "/readyz")).json()).toEqual(ready);
    expect(store.checks).toBe(2);
  });

  test("of a server that shuts down is alive and not ready, while its runs end", async () => {
    const started = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const slow = defineComponent<string>({
      run: async () => {
        started.resolve();
        await end.promise;
        return "whole";
      },
    });
    const store = new MemoryStore();
    const logger = recordingLogger();
    const runtime = new HttpRuntime({ component: slow, userSessionConfig: store, logger });
    const send = inProcess(runtime.fetch);
    const answer = send(chatRequest({ message: "q" }));
    await started.promise;
    const closed = runtime.close();
    for (const round of ["while runs end", "afterwards"]) {
      const response = await ask(send, "/readyz");
      expect(response.status, round).toBe(503);
      expect(response.json()).toEqual(notReady("The server is shutting down."));
      expect((await ask(send, "/healthz")).json()).toEqual(alive);
      end.resolve();
      await closed;
    }
    expect((await answer).status).toBe(200);
    expect(logger.entries, "what is meant to be is no warning").toEqual([]);
  });

  test("is told through a socket to whoever keeps a connection", async () => {
    await using server = await new HttpRuntime({
      component,
      userSessionConfig: new MemoryStore(),
      logger: recordingLogger(),
    }).serve({ port: 0 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const [path, expected] of [
      ["/healthz", alive],
      ["/readyz", ready],
    ] as const) {
      const text = await new Promise<string>((resolve, reject) => {
        request(`${server.url}${path}`, { agent }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
          response.on("end", () => resolve(body));
        })
          .on("error", reject)
          .end();
      });
      expect(JSON.parse(text)).toEqual(expected);
    }
    agent.destroy();
  });
});
