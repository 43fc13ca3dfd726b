import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { defineComponent } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseEventStream, readEvents, textOf } from "../helpers/server-sent-events.ts";
import { controlledComponent, openReplicas, places, type Replicas } from "./replicas.ts";
import { ask, get, stateOf, toRequest } from "./run-requests.ts";

describe.each(places)("streams of runs %s", (place) => {
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await openReplicas(place);
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  test("say with each event how far the answer is, and which one is the last", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    const pieces = ["你好", "", " 😀!", "\r\n\nid: 7\n\ndata: x\u2028"];
    for (const piece of pieces) source("q").give(piece);
    source("q").end();
    const response = await send(ask("r", { message: "q", stream: true }));
    const events = parseEventStream(response.text);
    expect(events.map(({ id }) => id)).toEqual(["2", "2", "6", "24", "end"]);
    expect(textOf(events)).toBe(pieces.join(""));
  });

  test("resumed at any point go on there, byte by byte, while the run goes on and after", async () => {
    const runs = 100;
    const text = 'Über 😀 die\r\n\u2028Fläche "von" 海淀区:\n\n\tdata: 431 km². 👩‍👩‍👧 ';
    const component = defineComponent<string>({
      run: async function* run(message) {
        for (const piece of cut(`${message.content}: ${text.repeat(4)}`)) {
          yield piece;
          await setImmediate();
        }
      },
    });
    const first = replicas.add({ component });
    const second = replicas.add({ component });
    let resumed = 0;
    let resumedLive = 0;
    await Promise.all(
      Array.from({ length: runs }, async (_, run) => {
        const requestId = `run-${run}`;
        const request = ask(requestId, { message: `q${run}`, stream: true });
        const events = await readEvents(
          await first.runtime.fetch(toRequest(request)),
          1 + Math.floor(Math.random() * 20),
        );
        while (events.at(-1)?.id !== "end") {
          const lastId = String(events.at(-1)?.id);
          const { send, runtime } = Math.random() < 0.5 ? first : second;
          const state = await stateOf(send, requestId);
          if (state === "running") resumedLive += 1;
          resumed += 1;
          const inHeader = Math.random() < 0.5;
          const response = await runtime.fetch(
            new Request(
              `http://turnkeep.test/runs/${requestId}/stream${inHeader ? "" : `?last_event_id=${lastId}`}`,
              { headers: inHeader ? { "Last-Event-ID": lastId } : {} },
            ),
          );
          expect(response.status).toBe(200);
          events.push(...(await readEvents(response, 1 + Math.floor(Math.random() * 20))));
        }
        const whole = `q${run}: ${text.repeat(4)}`;
        expect(textOf(events)).toBe(whole);
        expect(Buffer.from(textOf(events)).equals(Buffer.from(whole))).toBe(true);
        expect(events.at(-1)?.data).toMatchObject({
          code: 0,
          result: { is_completion: true, answer_message: { content: "" } },
        });
      }),
    );
    expect(resumed).toBeGreaterThan(runs);
    expect(resumedLive).toBeGreaterThan(runs / 10);
  });

  test("are cut also within a piece and within a character", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    source("q").give("ab😀cd");
    source("q").end();
    await send(ask("r", { message: "q" }));
    for (const [from, rest] of [
      [0, "ab😀cd"],
      [1, "b😀cd"],
      [2, "😀cd"],
      [3, "\ude00cd"],
      [4, "cd"],
      [6, ""],
      [7, ""],
      [999_999_999_999_999, ""],
    ] as const) {
      const response = await get(send, "/runs/r/stream", { "Last-Event-ID": String(from) });
      const events = parseEventStream(response.text);
      expect(textOf(events), `from ${from}`).toBe(rest);
      expect(events.at(-1)?.id).toBe("end");
    }
  });

  test("are whole on another server too where their pieces are cut within a character", async () => {
    const { component, source } = controlledComponent();
    const first = replicas.add({ component });
    const second = replicas.add({ component });
    source("q").give("ab\ud83d");
    const own = first.runtime.fetch(toRequest(ask("r", { message: "q", stream: true })));
    // Time enough for the half to be written by itself.
    await sleep(300);
    const other = await second.runtime.fetch(new Request("http://turnkeep.test/runs/r/stream"));
    const followed = readEvents(other);
    await sleep(300);
    source("q").give("\ude00cd");
    await sleep(300);
    source("q").end();
    expect(textOf(await readEvents(await own))).toBe("ab😀cd");
    expect(textOf(await followed)).toBe("ab😀cd");
  });

  test("have nothing behind their end", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    source("q").end();
    await send(ask("r", { message: "q" }));
    for (const response of [
      await get(send, "/runs/r/stream", { "Last-Event-ID": "end" }),
      await get(send, "/runs/r/stream?last_event_id=end"),
    ]) {
      expect(response.status).toBe(204);
      expect(response.text).toBe("");
    }
  });

  test("go on where the header says, though the address says otherwise", async () => {
    const { component, source } = controlledComponent();
    const { send } = replicas.add({ component });
    source("q").give("abc");
    source("q").end();
    await send(ask("r", { message: "q" }));
    const response = await get(send, "/runs/r/stream?last_event_id=1", { "Last-Event-ID": "2" });
    expect(textOf(parseEventStream(response.text))).toBe("c");
  });

  test("of a failed run end as they did the first time", async () => {
    const component = defineComponent<string>({
      run: async function* run() {
        yield "part";
        throw Object.assign(new Error("secret"), { code: 77 });
      },
    });
    const { send } = replicas.add({ component });
    const { send: other } = replicas.add({ component });
    const first = await send(ask("r", { message: "q", stream: true }));
    expect(first.events().at(-1)).toMatchObject({ code: 77, result: null });
    for (const replica of [send, other]) {
      const again = await get(replica, "/runs/r/stream");
      expect(again.text).toBe(first.text);
    }
  });
});

/** A text in pieces of random length, some of them empty, some within a character. */
function* cut(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const length = Math.floor(Math.random() * 12);
    yield text.slice(start, start + length);
    start += length;
  }
}
