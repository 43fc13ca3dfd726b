import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { Playground } from "../components/playground/playground.ts";
import { type ErrorCode, isTurnkeepError, type TurnkeepError } from "../errors.ts";
import { Message } from "../message/message.ts";
import type { MessageStream } from "../message/message-stream.ts";
import type { Model } from "../models/model.ts";

/** How a model's server is to answer one call. */
export interface ModelReply {
  /** The text, in the pieces of a stream. */
  readonly pieces?: readonly string[];
  readonly usage?: { readonly prompt: number; readonly completion: number };
  /** What becomes of the answer after its pieces; `complete` by default. */
  readonly ending?: "complete" | "cut" | "silent";
  /** A failure in place of an answer. */
  readonly failure?: {
    readonly status: number;
    readonly message: string;
    /** The header `Retry-After`, in seconds. */
    readonly retryAfter?: number;
  };
}

/** A model under test, made anew for each case. */
export interface ModelFixture {
  /** The model. Unscripted, it answers the same question alike. */
  readonly model: Model;
  /** Makes the model's server answer the next calls so; absent where none can be told to. */
  readonly script?: (...replies: readonly ModelReply[]) => void;
  /** How many calls the server got. */
  readonly calls?: () => number;
  /** How many answers of the server are under way. */
  readonly open?: () => number;
  /** The credential that the model is called with, which must not show in an error. */
  readonly secret?: string;
}

/** One case of the contract. */
export interface ModelContractCase {
  readonly name: string;
  /** Whether it needs a fixture with `script`. */
  readonly needsScript: boolean;
  /** Fulfilled where the model behaves, else rejected. */
  readonly run: (fixture: ModelFixture) => Promise<void>;
}

/** What every model does, as turnkeep's components call it. Each case takes a fixture of its own. */
export const modelContract: readonly ModelContractCase[] = [
  unscripted("answers a text, and the field extra is an object", async ({ model }) => {
    const answer = await new Playground({ model }).run(new Message("北京有多大"));
    assert.equal(typeof answer.content, "string");
    assert.notEqual(answer.content, "");
    assert.equal(typeof answer.fields["extra"], "object");
  }),
  unscripted("says in pieces what it says whole", async ({ model }) => {
    const playground = new Playground({ model });
    const question = new Message("北京有多大😀?");
    const whole = await playground.run(question);
    const stream = await playground.run(question, { stream: true });
    const pieces = await piecesOf(stream);
    assert.ok(pieces.length > 1, "the answer came in one piece");
    assert.equal(pieces.join(""), whole.content);
    const final = await stream.finalMessage();
    assert.equal(final.content, whole.content);
    assert.deepEqual(Object.keys(final.fields).toSorted(), Object.keys(whole.fields).toSorted());
  }),
  unscripted("gives each answer an id of its own", async ({ model }) => {
    const playground = new Playground({ model });
    const question = new Message("a");
    const first = await playground.run(question);
    const second = await playground.run(question);
    const third = await (await playground.run(question, { stream: true })).finalMessage();
    assert.equal(new Set([question.id, first.id, second.id, third.id]).size, 4);
  }),
  unscripted("answers many at once, each its own question", async ({ model }) => {
    const playground = new Playground({ model });
    const questions = Array.from({ length: 20 }, (_, index) => `question number ${index}.`);
    const alone: string[] = [];
    for (const question of questions) {
      alone.push((await playground.run(new Message(question))).content);
    }
    assert.equal(new Set(alone).size, questions.length, "unlike questions got like answers");
    const together = await Promise.all(
      questions.map(async (question, index) => {
        const stream = index % 2 === 0;
        const answer = await playground.run(new Message(question), { stream });
        return answer instanceof Message ? answer : answer.finalMessage();
      }),
    );
    assert.deepEqual(
      together.map(({ content }) => content),
      alone,
    );
  }),
  unscripted("does not answer where the signal is aborted already", async ({ model, calls }) => {
    const reason = new Error("not wanted");
    const signal = AbortSignal.abort(reason);
    const playground = new Playground({ model });
    for (const stream of [false, true]) {
      const error = await errorOf(playground.run(new Message("a"), { stream, signal }));
      assert.equal(error, reason);
    }
    assert.equal(calls?.() ?? 0, 0);
  }),
  unscripted("ends a stream at once when the signal is aborted", async ({ model, open }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const question = new Message("说一个很长很长的故事，越长越好，不要停下来。");
    const stream = await new Playground({ model }).run(question, { stream: true, signal });
    const reason = new Error("no longer wanted");
    const error = await errorOf(
      (async () => {
        for await (const _delta of stream) controller.abort(reason);
      })(),
    );
    assert.equal(error, reason);
    await comesTo(open, 0);
  }),
  scripted("keeps every character, however it is cut", async ({ model, script }) => {
    const pieces = ["北", "京\n", "😀", "e", "\u0301", " ", "\ud83d", "\ude00", '"\\', "\u0000</"];
    script({ pieces }, { pieces });
    const playground = new Playground({ model });
    assert.equal((await playground.run(new Message("a"))).content, pieces.join(""));
    const stream = await playground.run(new Message("a"), { stream: true });
    const deltas = await piecesOf(stream);
    for (const delta of deltas) assert.ok(delta.isWellFormed(), "a piece holds half a character");
    assert.equal(deltas.join(""), pieces.join(""));
  }),
  scripted("gives a piece on as soon as it is there", async ({ model, script }) => {
    script({ pieces: ["one", "two"], ending: "silent" });
    const playground = new Playground({ model, pieceTimeout: 2_000 });
    const stream = await playground.run(new Message("a"), { stream: true });
    const seen: string[] = [];
    for await (const { content } of stream) {
      seen.push(content);
      if (seen.join("") === "onetwo") break;
    }
    assert.equal(seen.join(""), "onetwo");
  }),
  scripted("gives a stream up that is left", async ({ model, script, open }) => {
    script({ pieces: ["one", "two"], ending: "silent" });
    const stream = await new Playground({ model }).run(new Message("a"), { stream: true });
    for await (const _delta of stream) break;
    await comesTo(open, 0);
    await assert.rejects(stream.finalMessage(), { code: "stream_closed" });
  }),
  scripted("counts the tokens", async ({ model, script }) => {
    const reply: ModelReply = { pieces: ["a", "b"], usage: { prompt: 3, completion: 4 } };
    script(reply, reply);
    const playground = new Playground({ model });
    const whole = await playground.run(new Message("a"));
    const streamed = await (
      await playground.run(new Message("a"), { stream: true })
    ).finalMessage();
    for (const { fields } of [whole, streamed]) {
      assert.deepEqual(fields["token_usage"], {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
      });
    }
  }),
  scripted("tries again what may pass", async (fixture) => {
    const { model, script, calls } = fixture;
    const busy: ModelReply = { failure: { status: 429, message: "busy", retryAfter: 0 } };
    const down: ModelReply = { failure: { status: 503, message: "down", retryAfter: 0 } };
    for (const stream of [false, true]) {
      const before = calls?.() ?? 0;
      script(busy, down, { pieces: ["at", " last"] });
      const answer = await new Playground({ model }).run(new Message("a"), { stream });
      const { content } = answer instanceof Message ? answer : await answer.finalMessage();
      assert.equal(content, "at last");
      if (calls !== undefined) assert.equal(calls() - before, 3);
    }
  }),
  scripted("fails with the server's status where trying again is no use", async (fixture) => {
    const { model, script, calls } = fixture;
    for (const stream of [false, true]) {
      const before = calls?.() ?? 0;
      script({ failure: { status: 400, message: "that is too long for me" } });
      const run = new Playground({ model }).run(new Message("a"), { stream });
      const error = await failure(run, "model_failed");
      assert.match(error.message, /that is too long for me/);
      assert.equal(error.details["providerStatus"], 400);
      if (calls !== undefined) assert.equal(calls() - before, 1);
    }
  }),
  scripted("says that its credential was rejected, and not which", async (fixture) => {
    const { model, script, calls, secret = "no secret" } = fixture;
    for (const status of [401, 403]) {
      const before = calls?.() ?? 0;
      script({ failure: { status, message: `wrong key: Bearer ${secret}` } });
      const run = new Playground({ model }).run(new Message("a"));
      requireNoSecret(await failure(run, "model_credential_rejected"), secret);
      if (calls !== undefined) assert.equal(calls() - before, 1);
    }
    script({ failure: { status: 400, message: `odd key: Bearer ${secret}` } });
    const run = new Playground({ model }).run(new Message("a"));
    requireNoSecret(await failure(run, "model_failed"), secret);
  }),
  scripted("does not take an answer that was cut off for a whole one", async (fixture) => {
    const { model, script } = fixture;
    const playground = new Playground({ model, maxRetries: 0 });
    script(
      { pieces: ["海淀区", "的面积"], ending: "cut" },
      { pieces: ["海淀区", "的面积"], ending: "cut" },
    );
    await failure(playground.run(new Message("a")), "model_failed");
    const stream = await playground.run(new Message("a"), { stream: true });
    await failure(stream.finalMessage(), "model_failed");
    assert.equal(stream.partialMessage.content, "海淀区的面积");
  }),
  scripted("does not begin again what was cut off after a piece", async (fixture) => {
    const { model, script, calls } = fixture;
    script({ pieces: ["海淀区"], ending: "cut" }, { pieces: ["never said"] });
    const stream = await new Playground({ model }).run(new Message("a"), { stream: true });
    await failure(stream.finalMessage(), "model_failed");
    if (calls !== undefined) assert.equal(calls(), 1);
  }),
  scripted("ends when its time is over", async ({ model, script, open }) => {
    script(
      { ending: "silent" },
      { pieces: ["a", "b"], ending: "silent" },
      { pieces: ["a"], ending: "silent" },
    );
    const hurried = new Playground({ model, timeout: 150 });
    await failure(hurried.run(new Message("a")), "model_timeout");
    const whole = await hurried.run(new Message("a"), { stream: true });
    await failure(whole.finalMessage(), "model_timeout");
    const impatient = new Playground({ model, pieceTimeout: 100 });
    const silent = await impatient.run(new Message("a"), { stream: true });
    await failure(silent.finalMessage(), "model_timeout");
    await comesTo(open, 0);
  }),
  scripted("ends at once when aborted, asked for a whole answer", async (fixture) => {
    const { model, script, open } = fixture;
    script({ ending: "silent" });
    const reason = new Error("no longer wanted");
    const controller = new AbortController();
    const { signal } = controller;
    const run = errorOf(new Playground({ model }).run(new Message("a"), { signal }));
    await setTimeout(50);
    controller.abort(reason);
    assert.equal(await run, reason);
    await comesTo(open, 0);
  }),
  scripted("ends at once when aborted while it waits to try again", async (fixture) => {
    const { model, script, calls } = fixture;
    script({ failure: { status: 503, message: "down", retryAfter: 20 } });
    const signal = AbortSignal.timeout(100);
    const begin = performance.now();
    const error = await errorOf(new Playground({ model }).run(new Message("a"), { signal }));
    assert.equal(error, signal.reason);
    assert.ok(performance.now() - begin < 5_000, "it waited on");
    if (calls !== undefined) assert.equal(calls(), 1);
  }),
  scripted("does not wait for longer than half a minute to try again", async (fixture) => {
    const { model, script, calls } = fixture;
    script({ failure: { status: 503, message: "down", retryAfter: 3600 } });
    const error = await failure(new Playground({ model }).run(new Message("a")), "model_failed");
    assert.equal(error.details["providerStatus"], 503);
    if (calls !== undefined) assert.equal(calls(), 1);
  }),
];

type ScriptableFixture = ModelFixture & Required<Pick<ModelFixture, "script">>;

function unscripted(
  name: string,
  run: (fixture: ModelFixture) => Promise<void>,
): ModelContractCase {
  return { name, needsScript: false, run };
}

function scripted(
  name: string,
  run: (fixture: ScriptableFixture) => Promise<void>,
): ModelContractCase {
  return {
    name,
    needsScript: true,
    run: async (fixture) => {
      const { script } = fixture;
      assert.ok(script !== undefined, "this case needs a fixture with script");
      await run({ ...fixture, script });
    },
  };
}

async function piecesOf(stream: MessageStream): Promise<string[]> {
  const pieces: string[] = [];
  for await (const { content } of stream) {
    if (content !== "") pieces.push(content);
  }
  return pieces;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  assert.fail("it should have failed");
}

async function failure(work: Promise<unknown>, code: ErrorCode): Promise<TurnkeepError> {
  const error = await errorOf(work);
  assert.ok(isTurnkeepError(error), `not an error of turnkeep: ${inspect(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

function requireNoSecret(error: TurnkeepError, secret: string): void {
  const shown = inspect(error, { depth: null, showHidden: true });
  assert.ok(!shown.includes(secret), "the error shows the credential");
}

async function comesTo(count: (() => number) | undefined, expected: number): Promise<void> {
  if (count === undefined) return;
  const end = performance.now() + 5_000;
  while (count() !== expected && performance.now() < end) await setTimeout(10);
  assert.equal(count(), expected, "answers are still under way");
}
