import { setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  MemoryStore,
  Message,
  MessageStream,
  type RunOptions,
  UserSession,
} from "turnkeep";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RunEngine, type RunEngineOptions } from "../../src/run/run-engine.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

type Answer = (message: Message<string>, options: RunOptions) => AsyncIterable<string>;

const engines: RunEngine[] = [];
const logger = recordingLogger();

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.drain(0)));
  logger.entries.length = 0;
});

function makeEngine(
  store: MemoryStore,
  run: Answer,
  options: Partial<RunEngineOptions> = {},
): RunEngine {
  const engine = new RunEngine({
    component: defineComponent<string>({ run }),
    store,
    logger,
    runTimeout: 60_000,
    messageLimit: 1_000_000,
    callerCredentialsOnly: false,
    model: undefined,
    concurrency: "queue",
    queueLimit: 100,
    runLimit: 1000,
    claimTime: 15_000,
    chunkInterval: 20,
    idempotencyTime: 86_400_000,
    ...options,
  });
  engines.push(engine);
  return engine;
}

/** Appends question and answer, and says the pieces with a pause between them. */
function speaking(pieces: readonly string[], pause: number): Answer {
  return async function* run(message) {
    const answer = MessageStream.from(spoken(pieces, pause));
    await new UserSession().append({ query: message, answer });
    for await (const { content } of answer) yield content;
  };
}

async function* spoken(pieces: readonly string[], pause: number): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await sleep(pause);
  }
}

async function contents(store: MemoryStore, sessionId: string, messageKey: string) {
  const records = await store.getHistory({ sessionId, messageKey, limit: 1000 });
  return records.map(({ message }) => message.content);
}

async function textOf(run: Awaited<ReturnType<RunEngine["start"]>>, from = 0): Promise<string> {
  let text = "";
  for await (const event of run.events({ position: from, parts: 0 })) {
    if (event.type === "delta") text += String(event.content);
  }
  return text;
}

describe("two engines on one store", () => {
  test("run the turns of a session one at a time, in the order in which they came", async () => {
    const store = new MemoryStore();
    let live = 0;
    const seen: string[] = [];
    const run: Answer = async function* run(message) {
      live += 1;
      expect(live).toBe(1);
      const session = new UserSession();
      const before = await session.getHistory("query", { limit: 1000 });
      seen.push(`${message.content} after ${before.length}`);
      await sleep(1);
      await session.append({ query: message });
      live -= 1;
      yield "";
    };
    const one = makeEngine(store, run);
    const two = makeEngine(store, run);
    const runs = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const request = { message: new Message(String(turn)), sessionId: "s" };
      runs.push(await (turn % 2 === 0 ? one : two).start(request));
    }
    await Promise.all(runs.map((each) => each.message()));
    const order = Array.from({ length: 50 }, (_, turn) => String(turn));
    expect(await contents(store, "s", "query")).toEqual(order);
    expect(seen).toEqual(order.map((turn) => `${turn} after ${turn}`));
  });

  test("refuse a second turn by the policy reject, and one too many in the queue", async () => {
    const store = new MemoryStore();
    const rejecting = makeEngine(store, speaking(["a"], 50), { concurrency: "reject" });
    const request = { message: new Message("q"), sessionId: "s" };
    const first = await rejecting.start(request);
    await expect(rejecting.start(request)).rejects.toMatchObject({ code: "session_busy" });
    const queueing = makeEngine(store, speaking(["b"], 1), { queueLimit: 1 });
    const second = await queueing.start(request);
    await expect(queueing.start(request)).rejects.toMatchObject({ code: "queue_full" });
    expect((await first.message()).content).toBe("a");
    expect((await second.message()).content).toBe("b");
  });

  test("supersede: the running turn is stopped, whichever engine makes it", async () => {
    const store = new MemoryStore();
    const one = makeEngine(store, speaking(["said ", "never"], 60_000));
    const two = makeEngine(store, speaking(["new"], 1), { concurrency: "supersede" });
    const old = await one.start({ message: new Message("old"), sessionId: "s", stream: true });
    await vi.waitFor(() => expect(old.started).toBe(true));
    const next = await two.start({ message: new Message("next"), sessionId: "s" });
    expect((await next.message()).content).toBe("new");
    expect(await old.message()).toMatchObject({ content: "said ", fields: { stopped: true } });
    expect(await contents(store, "s", "query")).toEqual(["old", "next"]);
    expect(await contents(store, "s", "answer")).toEqual(["said ", "new"]);
  });

  test("stop a run of the other, which keeps what it said, marked", async () => {
    const store = new MemoryStore();
    const one = makeEngine(store, speaking(["one ", "two ", "never"], 30_000));
    const two = makeEngine(store, speaking([], 0));
    const run = await one.start({ message: new Message("q"), sessionId: "s", stream: true });
    await vi.waitFor(() => expect(run.started).toBe(true));
    expect(await two.stop("unknown", undefined)).toBeUndefined();
    expect(await two.stop(run.requestId, "somebody else")).toBeUndefined();
    await two.stop(run.requestId, undefined);
    expect(await run.message()).toMatchObject({ content: "one ", fields: { stopped: true } });
    const [answer] = await store.getHistory({ sessionId: "s", messageKey: "answer", limit: 1 });
    expect(answer?.message).toMatchObject({ content: "one ", fields: { stopped: true } });
    expect(await store.getTurn(run.requestId, undefined)).toMatchObject({ state: "stopped" });
  });

  test("show a run of the other while it runs, from any position, byte for byte", async () => {
    const store = new MemoryStore();
    const pieces = Array.from({ length: 40 }, (_, index) => `${index}😀中 `);
    const whole = pieces.join("");
    const one = makeEngine(store, speaking(pieces, 5));
    const two = makeEngine(store, speaking([], 0));
    const run = await one.start({ message: new Message("q"), sessionId: "s", stream: true });
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await sleep(index * 10);
        const from = index * 7;
        const found = await two.find(run.requestId, undefined);
        expect(found).not.toBe(run);
        return found === undefined ? "" : whole.slice(0, from) + (await textOf(found, from));
      }),
    );
    for (const text of texts) expect(text).toBe(whole);
    const later = await two.find(run.requestId, undefined);
    expect(later === undefined ? "" : await textOf(later)).toBe(whole);
    expect((await run.message()).id).toBe((await later?.message())?.id);
    expect(await two.find(run.requestId, "somebody else")).toBeUndefined();
  });

  test("make one answer for fifty requests of one idempotency key", async () => {
    const store = new MemoryStore();
    let calls = 0;
    const run: Answer = async function* run(message) {
      calls += 1;
      await sleep(20);
      await new UserSession().append({ query: message });
      yield `answer ${calls}`;
    };
    const both = [makeEngine(store, run), makeEngine(store, run)];
    const request = { message: new Message("q"), sessionId: "s", idempotencyKey: "k" };
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (await both[index % 2]?.start({ ...request, stream: index % 3 === 0 }))?.message(),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(calls).toBe(1);
    expect(await contents(store, "s", "query")).toEqual(["q"]);
    const other = { ...request, message: new Message("another") };
    await expect(both[0]?.start(other)).rejects.toMatchObject({ code: "idempotency_conflict" });
    await both[0]?.start({ ...request, userId: "u", sessionId: "of u" });
    expect(calls).toBe(2);
  });
});

describe("an engine", () => {
  test("that dies leaves its turn interrupted, with the question and the part", async () => {
    const store = new MemoryStore();
    const dying = makeEngine(store, speaking(["part ", "never"], 60_000), { claimTime: 1_000 });
    const run = await dying.start({ message: new Message("q"), sessionId: "s", stream: true });
    await vi.waitFor(async () => expect(await store.getChunks(run.requestId, 0)).toHaveLength(1));
    vi.spyOn(store, "renewClaims").mockRejectedValue(new Error("cut off"));
    const surviving = makeEngine(store, speaking(["next"], 1), { claimTime: 1_000 });
    const next = await surviving.start({ message: new Message("next"), sessionId: "s" });
    expect((await next.message()).content).toBe("next");
    expect(await store.getTurn(run.requestId, undefined)).toMatchObject({
      state: "interrupted",
      question: { content: "q" },
      answer: { content: "part " },
    });
    expect(await contents(store, "s", "query")).toEqual(["next"]);
    // Whoever lost the claim cannot write any more.
    await dying.stop(run.requestId, undefined);
    await run.ended();
    expect(await contents(store, "s", "query")).toEqual(["next"]);
    const retried = await surviving.retry(run.requestId, { stream: true });
    expect((await retried.message()).content).toBe("next");
    expect(await contents(store, "s", "query")).toEqual(["next", "q"]);
    await expect(surviving.retry(next.requestId, {})).rejects.toMatchObject({
      code: "run_not_retryable",
    });
    await expect(surviving.retry("unknown", {})).rejects.toMatchObject({ code: "run_not_found" });
  });

  test("that is drained marks what does not end in time as interrupted", async () => {
    const store = new MemoryStore();
    const engine = makeEngine(store, speaking(["part ", "never"], 60_000));
    const run = await engine.start({ message: new Message("q"), sessionId: "s", stream: true });
    const waiting = await engine.start({ message: new Message("w"), sessionId: "s" });
    await vi.waitFor(() => expect(run.started).toBe(true));
    await engine.drain(20);
    await expect(run.message()).rejects.toMatchObject({ code: "run_interrupted" });
    await expect(waiting.message()).rejects.toMatchObject({ code: "run_interrupted" });
    expect(await store.getTurn(run.requestId, undefined)).toMatchObject({
      state: "interrupted",
      answer: { content: "part " },
    });
    expect(await store.getTurn(waiting.requestId, undefined)).toMatchObject({
      state: "interrupted",
      question: { content: "w" },
      answer: undefined,
    });
    expect(await contents(store, "s", "query")).toEqual([]);
  });

  test("that is drained waits for a turn that is being registered", async () => {
    const store = new MemoryStore();
    const begin = store.beginTurn.bind(store);
    vi.spyOn(store, "beginTurn").mockImplementation(async (turn) => {
      await sleep(50);
      return begin(turn);
    });
    const engine = makeEngine(store, speaking(["never"], 60_000));
    const starting = engine.start({ message: new Message("q"), sessionId: "s" });
    await engine.drain(1);
    const run = await starting;
    expect(await store.getTurn(run.requestId, undefined)).toMatchObject({ state: "interrupted" });
  });

  test("keeps of a failed run the question, the code and the part", async () => {
    const store = new MemoryStore();
    const engine = makeEngine(store, async function* run(message) {
      await new UserSession().append({ query: message });
      yield "part";
      throw Object.assign(new Error("secret"), { code: 88 });
    });
    const run = await engine.start({ message: new Message("q"), sessionId: "s", stream: true });
    await expect(run.message()).rejects.toThrow("secret");
    const turn = await store.getTurn(run.requestId, undefined);
    expect(turn).toMatchObject({
      state: "failed",
      question: { content: "q" },
      answer: { content: "part" },
      error: { code: "component_failed", status: 500, number: 88 },
    });
    expect(JSON.stringify(turn)).not.toContain("secret");
    const replayed = await makeEngine(store, speaking([], 0)).find(run.requestId, undefined);
    expect(replayed?.end).toMatchObject({ type: "run-error", failure: { number: 88 } });
    expect(await contents(store, "s", "query")).toEqual([]);
  });

  test("takes no more runs than it may, and stores no message that is too large", async () => {
    const store = new MemoryStore();
    const engine = makeEngine(store, speaking(["x".repeat(200)], 20), {
      runLimit: 2,
      messageLimit: 100,
    });
    const runs = [
      await engine.start({ message: new Message("q") }),
      await engine.start({ message: new Message("q") }),
    ];
    await expect(engine.start({ message: new Message("q") })).rejects.toMatchObject({
      code: "too_many_runs",
    });
    for (const run of runs) {
      await expect(run.message()).rejects.toMatchObject({ code: "message_too_large" });
      expect(await contents(store, run.sessionId, "query")).toEqual([]);
    }
  });

  test("stops a turn that waits, without running it", async () => {
    const store = new MemoryStore();
    const seen: string[] = [];
    const engine = makeEngine(store, async function* run(message) {
      seen.push(message.content);
      await sleep(100);
      yield message.content;
    });
    const first = await engine.start({ message: new Message("1"), sessionId: "s" });
    const second = await engine.start({ message: new Message("2"), sessionId: "s" });
    const third = await engine.start({ message: new Message("3"), sessionId: "s" });
    await engine.stop(second.requestId, undefined);
    expect(await second.message()).toMatchObject({ content: "", fields: { stopped: true } });
    expect((await first.message()).content).toBe("1");
    expect((await third.message()).content).toBe("3");
    expect(seen).toEqual(["1", "3"]);
  });

  test("sends a chunk again as it was, where its write failed", async () => {
    const store = new MemoryStore();
    const append = store.appendChunks.bind(store);
    const write = vi.spyOn(store, "appendChunks");
    write.mockImplementationOnce(async (replica, chunks) => {
      await append(replica, chunks);
      throw new Error("the answer was lost on its way");
    });
    const pieces = Array.from({ length: 20 }, (_, index) => `${index} `);
    const one = makeEngine(store, speaking(pieces, 10));
    const run = await one.start({ message: new Message("q"), sessionId: "s", stream: true });
    const found = await makeEngine(store, speaking([], 0)).find(run.requestId, undefined);
    expect(found === undefined ? "" : await textOf(found)).toBe(pieces.join(""));
    expect(write.mock.calls[1]?.[1]).toEqual(write.mock.calls[0]?.[1]);
  });

  test("lets a turn that is run again take the place of what it had said", async () => {
    const store = new MemoryStore();
    const engine = makeEngine(store, speaking(["a part"], 60_000));
    const run = await engine.start({ message: new Message("q"), sessionId: "s", stream: true });
    await vi.waitFor(() => expect(run.started).toBe(true));
    await engine.stop(run.requestId, undefined);
    await run.message();
    expect(await contents(store, "s", "answer")).toEqual(["a part"]);
    const other = makeEngine(store, speaking(["the whole"], 0));
    await (await other.retry(run.requestId, {})).message();
    expect(await contents(store, "s", "query")).toEqual(["q"]);
    expect(await contents(store, "s", "answer")).toEqual(["the whole"]);
  });

  test("writes no chunk of a run that ends at once", async () => {
    const store = new MemoryStore();
    const write = vi.spyOn(store, "appendChunks");
    const engine = makeEngine(store, speaking(["a", "b"], 0), { chunkInterval: 5_000 });
    await (await engine.start({ message: new Message("q"), stream: true })).message();
    expect(write).not.toHaveBeenCalled();
  });
});
