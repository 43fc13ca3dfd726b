import { type SessionStore, defineComponent } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatTime, localTime, parseTime } from "../../src/session/record-time.ts";
import { readEvents } from "../helpers/server-sent-events.ts";
import { controlledComponent } from "../protocols/replicas.ts";
import {
  contentOf,
  counting,
  openPlace,
  type Place,
  range,
  resultOf,
  type Service,
} from "./place.ts";

const hour = 3_600_000_000n;

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

/** A store whose clock is so many microseconds beside the machine's. */
function openBeside(offset: () => bigint): Promise<SessionStore> {
  return place.openStore({ clock: () => formatTime(parseTime(localTime()) + offset()) });
}

/** Checks that a session's turns, messages and times are in the order of its answers 0, 1, 2... */
async function expectOrder({ ask }: Service, sessionId: string, count: number): Promise<void> {
  const stored = await place.messages(sessionId);
  expect(stored.filter(({ key }) => key === "answer").map(({ content }) => content)).toEqual(
    range(count).map(String),
  );
  const times = stored.map(({ time }) => time);
  expect(times).toEqual([...new Set(times)].toSorted());
  const { turns } = resultOf(await ask("GET", `/sessions/${sessionId}/turns?limit=100`)) as {
    turns: { number: number; created_at: string; ended_at: string; answer: { content: string } }[];
  };
  expect(turns.map(({ number }) => number)).toEqual(range(count).map((index) => count - index));
  expect(turns.map(({ answer }) => answer.content)).toEqual(
    range(count).map((index) => `${count - index - 1}`),
  );
  const begun = turns.map(({ created_at }) => created_at);
  expect(begun).toEqual(begun.toSorted().toReversed());
  for (const { created_at, ended_at } of turns) expect(ended_at >= created_at).toBe(true);
}

test("a clock that is set back an hour between turns changes no order", async () => {
  let offset = 0n;
  const service = place.serve(counting, { userSessionConfig: await openBeside(() => offset) });
  for (const index of range(8)) {
    if (index % 2 === 1) offset -= hour;
    const response = await service.chat({ message: `${index}`, session_id: "s" });
    expect(contentOf(response)).toBe(`${index}`);
    await service.chat({ message: "q", session_id: `other-${index}` });
  }
  await expectOrder(service, "s", 8);
});

test("a clock that is set back an hour in mid-turn changes no order", async () => {
  let offset = 0n;
  const store = await openBeside(() => offset);
  const back = defineComponent<string>({
    run: async (message, options) => {
      offset -= hour;
      return counting.run(message, { signal: options.signal });
    },
  });
  const service = place.serve(back, { userSessionConfig: store });
  for (const index of range(4)) {
    const response = await service.chat({ message: `${index}`, session_id: "s" });
    expect(contentOf(response)).toBe(`${index}`);
  }
  await expectOrder(service, "s", 4);
  expect(resultOf(await service.ask("GET", "/sessions/s"))).toMatchObject({ turns: 4 });
});

test("two stores on one file whose clocks are an hour apart keep one order", async () => {
  const services = [
    place.serve(counting, { userSessionConfig: await openBeside(() => hour) }),
    place.serve(counting, { userSessionConfig: await openBeside(() => -hour) }),
  ] as const;
  for (const index of range(6)) {
    const response = await services[index % 2 === 0 ? 0 : 1].chat({
      message: `${index}`,
      session_id: "s",
    });
    expect(contentOf(response)).toBe(`${index}`);
  }
  const answers = await Promise.all(
    range(10).map((index) =>
      services[index % 2 === 0 ? 0 : 1].chat({ message: `${index}`, session_id: "s" }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(range(10).map(() => 200));
  await expectOrder(services[0], "s", 16);
  await expectOrder(services[1], "s", 16);
});

test("a store whose clock is an hour ahead takes no turn from one whose clock is behind", async () => {
  const { source, component } = controlledComponent();
  const behind = place.serve(component, { userSessionConfig: await openBeside(() => -hour) });
  const ahead = await openBeside(() => hour);
  source("q").give("said before, ");
  const response = await behind.runtime.fetch(
    new Request("http://turnkeep.test/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "q", session_id: "s", stream: true }),
    }),
  );
  const events = readEvents(response);
  expect(await ahead.interruptLapsed()).toBe(0);
  source("q").give("and after");
  source("q").end();
  expect((await events).at(-1)?.id).toBe("end");
  expect((await place.messages("s")).map(({ content }) => content)).toEqual([
    "q",
    "said before, and after",
  ]);
});
