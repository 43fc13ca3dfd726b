import { setTimeout as sleep } from "node:timers/promises";
import {
  Component,
  defineComponent,
  HttpRuntime,
  MemoryStore,
  Message,
  MessageStream,
  type RunOptions,
  TurnkeepError,
  UserSession,
} from "turnkeep";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { TurnEnd } from "../../src/session/turn-store.ts";
import { chatRequest, inProcess } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

const open: HttpRuntime[] = [];
const logger = recordingLogger();

function serve(
  run: (message: Message<string>, options: RunOptions) => AsyncIterable<string>,
  options: Partial<ConstructorParameters<typeof HttpRuntime>[0]> = {},
) {
  const store = new MemoryStore();
  const component = defineComponent<string>({ run });
  const runtime = new HttpRuntime({ component, userSessionConfig: store, logger, ...options });
  open.push(runtime);
  const history = async (sessionId: string, messageKey: string) =>
    (await store.getHistory({ sessionId, messageKey, limit: 100 })).map(
      ({ message }) => message.content,
    );
  return { runtime, store, send: inProcess(runtime.fetch), history };
}

afterEach(async () => {
  logger.entries.length = 0;
  await Promise.all(open.splice(0).map((runtime) => runtime.close()));
});

describe("a run", () => {
  test("is stored before the client sees its end, blocking and streaming", async () => {
    const order: string[] = [];
    class SlowStore extends MemoryStore {
      override async endTurn(end: TurnEnd) {
        await sleep(50);
        const records = await super.endTurn(end);
        order.push("stored");
        return records;
      }
    }
    const { send } = serve(
      async function* run(message) {
        await new UserSession().append({ query: message });
        yield "answer";
      },
      { userSessionConfig: new SlowStore() },
    );
    await send(chatRequest({ message: "q" }));
    order.push("answered");
    const response = await send(chatRequest({ message: "q", stream: true }));
    expect(response.events().at(-1)).toMatchObject({ result: { is_completion: true } });
    order.push("answered");
    expect(order).toEqual(["stored", "answered", "stored", "answered"]);
  });

  test("whose client leaves in mid-stream goes on, and its turn is stored whole", async () => {
    const { runtime, history } = serve(async function* run(message) {
      const answer = MessageStream.from(pieces());
      await new UserSession().append({ query: message, answer });
      for await (const { content } of answer) yield content;
    });
    async function* pieces() {
      for (const piece of ["one ", "two ", "three"]) {
        yield piece;
        await sleep(20);
      }
    }
    await using server = await runtime.serve({ port: 0 });
    const leave = new AbortController();
    const response = await fetch(`${server.url}/chat`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "q", session_id: "left", stream: true }),
      signal: leave.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    leave.abort();
    await vi.waitFor(async () => expect(await history("left", "query")).toEqual(["q"]));
    expect(await history("left", "answer")).toEqual(["one two three"]);
  });

  test("that fails before its first piece is begun again, also where it appends", async () => {
    let calls = 0;
    const { send, history } = serve(async function* run(message) {
      calls += 1;
      await new UserSession().append({ query: message, call: new Message(calls) });
      if (calls < 3) throw new Error("not yet");
      yield "third time";
    });
    const response = await send(chatRequest({ message: "q", session_id: "again", stream: true }));
    expect(response.events()).toHaveLength(2);
    expect(await history("again", "query")).toEqual(["q"]);
    expect(await history("again", "call")).toEqual([3]);
    expect(logger.entries.map(({ level }) => level)).toEqual(["warn", "warn"]);
  });

  test("is called three times at the most, and stores nothing when it fails", async () => {
    let calls = 0;
    const { send, history } = serve(async function* run(message) {
      calls += 1;
      await new UserSession().append({ query: message });
      if (calls > 0) throw Object.assign(new Error("secret detail"), { code: 77 });
      yield "";
    });
    const response = await send(chatRequest({ message: "q", session_id: "never", stream: true }));
    expect(calls).toBe(3);
    expect(response.events()).toMatchObject([{ code: 77, result: null }]);
    expect(response.text).not.toContain("secret detail");
    expect(await history("never", "query")).toEqual([]);
  });

  test("is not begun again after a piece, when blocking, or for a caller's mistake", async () => {
    const calls: string[] = [];
    const { send } = serve(async function* run(message) {
      calls.push(message.content);
      if (message.content === "mistake") throw new TurnkeepError("input_invalid", "say more");
      if (message.content === "late") yield "piece";
      throw new Error("no");
    });
    const late = await send(chatRequest({ message: "late", stream: true }));
    expect(late.events().map((event) => (event as { code: number }).code)).toEqual([0, 500]);
    expect((await send(chatRequest({ message: "blocking" }))).status).toBe(500);
    const mistake = await send(chatRequest({ message: "mistake" }));
    expect(mistake.status).toBe(400);
    expect(mistake.json()).toEqual({ code: 400, message: "say more", result: null });
    await send(chatRequest({ message: "mistake", stream: true }));
    expect(calls).toEqual(["late", "blocking", "mistake", "mistake"]);
  });

  test("that never ends is given up after the time it has", async () => {
    const aborted: unknown[] = [];
    const { send, history } = serve(
      async function* run(message, { signal }) {
        await new UserSession().append({ query: message });
        signal?.addEventListener("abort", () => aborted.push((signal.reason as Error).name));
        yield "first";
        await new Promise(() => undefined);
      },
      { runTimeout: 100 },
    );
    const streaming = await send(chatRequest({ message: "q", session_id: "t", stream: true }));
    expect(streaming.events()).toMatchObject([
      { code: 0, result: { answer_message: { content: "first" } } },
      { code: 504, result: null },
    ]);
    const blocking = await send(chatRequest({ message: "q", session_id: "t" }));
    expect(blocking.status).toBe(504);
    expect(await history("t", "query")).toEqual([]);
    expect(aborted).toEqual(["TurnkeepError", "TurnkeepError"]);
  });

  test("is given the request's further keys, and no other request's", async () => {
    const { send } = serve(async function* run(_message, { signal: _signal, ...rest }) {
      yield JSON.stringify(rest);
    });
    const first = await send(chatRequest({ message: "q", temperature: 0.5, user: { a: [1] } }));
    expect(first.json()).toMatchObject({
      result: {
        answer_message: { content: '{"temperature":0.5,"user":{"a":[1]},"stream":false}' },
      },
    });
    const second = await send(chatRequest({ message: "q" }));
    expect(second.text).toContain('{\\"stream\\":false}');
  });

  test("knows its session, its request and its user, in the generator too", async () => {
    const session = new UserSession();
    const { send } = serve(
      async function* run() {
        await sleep(1);
        yield JSON.stringify([session.sessionId, session.requestId, session.userId]);
      },
      { trustUserHeader: true },
    );
    const response = await send(
      chatRequest(
        { message: "q", session_id: "s", stream: true },
        {
          "X-Appbuilder-Request-Id": "r",
          "X-Appbuilder-User-Id": Buffer.from("用户").toString("latin1"),
        },
      ),
    );
    expect(response.headers.get("x-appbuilder-request-id")).toBe("r");
    expect(response.events()[0]).toMatchObject({
      result: { answer_message: { content: '["s","r","用户"]' } },
    });
  });

  test("of 64 callers at once never sees another's session", async () => {
    const { send, history } = serve(async function* run(message) {
      const session = new UserSession();
      const before = await session.getHistory("query", { limit: 100 });
      await sleep(Math.random() * 5);
      await session.append({ query: message, answer: new Message(String(before.length)) });
      yield `${session.sessionId}:${before.length}`;
    });
    await Promise.all(
      Array.from({ length: 64 }, async (_, caller) => {
        for (let turn = 0; turn < 5; turn += 1) {
          const response = await send(
            chatRequest({ message: `${caller}-${turn}`, session_id: `s${caller}` }),
          );
          expect(response.text).toContain(`"content":"s${caller}:${turn}"`);
        }
        expect(await history(`s${caller}`, "query")).toEqual(
          [0, 1, 2, 3, 4].map((turn) => `${caller}-${turn}`),
        );
      }),
    );
  });

  test("that fails is logged with its request id, and no credential gets into log or answer", async () => {
    const { send } = serve(
      async function* run() {
        yield "";
        throw Object.assign(new Error("the server said: bad key tok-secret"), {
          headers: { Authorization: "Bearer tok-secret" },
          cause: new Error("tok-secret"),
        });
      },
      { lazyCertification: true },
    );
    const response = await send(
      chatRequest(
        { message: "q" },
        { "X-Appbuilder-Authorization": "Bearer tok-secret", "X-Appbuilder-Request-Id": "r7" },
      ),
    );
    expect(response.status).toBe(500);
    expect(response.text).toContain("r7");
    expect(response.text).not.toContain("tok-secret");
    expect(logger.entries).toHaveLength(1);
    expect(logger.entries[0]).toMatchObject({ level: "error", facts: { requestId: "r7" } });
    expect(JSON.stringify(logger.entries)).toContain("the server said: bad key [secret]");
    expect(JSON.stringify(logger.entries)).not.toContain("tok-secret");
  });

  test("whose component answers nothing, a text or anything else is a clear failure in the log", async () => {
    for (const [answer, said] of [
      [undefined, /answered nothing \(undefined\)/],
      ["text", /answered "text".*return new Message/],
      [{ content: "x" }, /answered an object/],
    ] as const) {
      class Wrong extends Component {
        override async run(): Promise<never> {
          return answer as never;
        }
      }
      const runtime = new HttpRuntime({
        component: new Wrong(),
        userSessionConfig: new MemoryStore(),
        logger,
      });
      open.push(runtime);
      const response = await inProcess(runtime.fetch)(chatRequest({ message: "q" }));
      expect(response.status).toBe(500);
      const entry = logger.entries.at(-1)?.facts["error"] as { code: string; message: string };
      expect(entry.code).toBe("result_invalid");
      expect(entry.message).toMatch(said);
    }
  });
});
