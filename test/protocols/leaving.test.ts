import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readEvents, textOf } from "../helpers/server-sent-events.ts";
import { controlledComponent, openReplicas, places, type Replicas } from "./replicas.ts";
import { ask, historyOf, keyed, stateOf, toRequest } from "./run-requests.ts";

describe.each(places)("runs %s whose client leaves", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  test("go on and are stored whole", async () => {
    const { component, source } = controlledComponent();
    const { runtime, send } = replicas.add({ component });
    source("q").give("one ");
    const response = await runtime.fetch(
      toRequest(ask("r", { message: "q", session_id: "s", stream: true })),
    );
    expect(textOf(await readEvents(response, 1))).toBe("one ");
    expect(await stateOf(send, "r")).toBe("running");
    source("q").give("two");
    source("q").end();
    await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("complete"));
    expect(await historyOf(send, "s")).toEqual([
      ["query", "q"],
      ["answer", "one two"],
    ]);
  });

  test.each([true, false])("are stopped where the runtime says so (stream: %s)", async (stream) => {
    const { component, source } = controlledComponent();
    const { runtime, send } = replicas.add({ component, onDisconnect: "stop" });
    source("q").give("one ");
    const leave = new AbortController();
    const answer = runtime.fetch(
      toRequest(ask("r", { message: "q", session_id: "s", stream }), leave.signal),
    );
    if (stream) await readEvents(await answer, 1);
    await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("running"));
    await sleep(20);
    leave.abort();
    await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("stopped"), 5000);
    expect(await historyOf(send, "s")).toEqual([
      ["query", "q"],
      ["answer", "one "],
    ]);
  });

  test.each([
    [true, "stop", "stopped"],
    [false, "stop", "stopped"],
    [true, "continue", "complete"],
    [false, "continue", "complete"],
  ] as const)(
    "through a socket (stream: %s) where the runtime says %s are %s",
    async (stream, onDisconnect, state) => {
      const { component, source } = controlledComponent();
      const { runtime, send } = replicas.add({ component, onDisconnect });
      await using server = await runtime.serve({ port: 0 });
      source("q").give("one ");
      const leave = new AbortController();
      const request = ask("r", { message: "q", session_id: "s", stream });
      const answer = fetch(`${server.url}/chat`, {
        method: "POST",
        headers: request.headers,
        body: String(request.body),
        signal: leave.signal,
      });
      if (stream) await (await answer).body?.getReader().read();
      else answer.catch(() => undefined);
      await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe("running"));
      await sleep(50);
      leave.abort();
      if (onDisconnect === "continue") {
        await sleep(100);
        expect(await stateOf(send, "r")).toBe("running");
        source("q").give("two");
        source("q").end();
      }
      await vi.waitFor(async () => expect(await stateOf(send, "r")).toBe(state), 5000);
      expect(await historyOf(send, "s")).toEqual([
        ["query", "q"],
        ["answer", onDisconnect === "continue" ? "one two" : "one "],
      ]);
    },
  );

  test("are stopped by no reader that only joined them", async () => {
    const { component, source } = controlledComponent();
    const { runtime, send } = replicas.add({ component, onDisconnect: "stop" });
    source("q").give("one ");
    const first = ask("r", { message: "q", session_id: "s", stream: true });
    const second = ask("r2", { message: "q", session_id: "s", stream: true });
    const own = await runtime.fetch(toRequest({ ...first, headers: keyed(first.headers) }));
    const joined = await runtime.fetch(toRequest({ ...second, headers: keyed(second.headers) }));
    await readEvents(joined, 1);
    await readEvents(await runtime.fetch(new Request("http://turnkeep.test/runs/r/stream")), 1);
    await sleep(50);
    expect(await stateOf(send, "r")).toBe("running");
    source("q").give("two");
    source("q").end();
    expect(textOf(await readEvents(own))).toBe("one two");
  });
});
