import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, Message, MessageStream, UserSession, withSession } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  contentOf,
  counting,
  eventually,
  openPlace,
  type Place,
  range,
  resultOf,
} from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

const refuseAnswers = `CREATE TRIGGER refuse BEFORE INSERT ON appbuilder_session_messages
  WHEN NEW.message_key = 'answer' BEGIN SELECT RAISE(ABORT, 'refused'); END`;

test("original 6: a question is never stored without its answer, and no client is told an end that is not stored", async () => {
  const component = defineComponent<string>({
    run: async (message) => {
      const answer = MessageStream.from(["an ", "answer"]);
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const store = await place.openStore();
  const { chat } = place.serve(component, { userSessionConfig: store, claimTime: 300 });
  place.change(refuseAnswers);
  const streamed = await chat({ message: "q", session_id: "streamed", stream: true });
  expect(streamed.text).not.toContain('"is_completion":true');
  expect(streamed.events().at(-1)).toMatchObject({ code: 503, result: null });
  const whole = await chat({ message: "q", session_id: "whole" });
  expect(whole.status).toBe(503);
  expect(place.messages("streamed")).toEqual([]);
  expect(place.messages("whole")).toEqual([]);
  place.change("DROP TRIGGER refuse");
  expect((await chat({ message: "q", session_id: "whole" })).status).toBe(200);
  expect(place.messages("whole")).toHaveLength(2);
});

test.each([
  ["messages could not be stored", refuseAnswers],
  [
    "end could not be stored at all",
    `CREATE TRIGGER refuse BEFORE UPDATE ON appbuilder_session_turns
     WHEN NEW.request_id = 'r' AND NEW.state <> 'running' BEGIN SELECT RAISE(ABORT, 'no'); END`,
  ],
])(
  "original 6: a turn whose %s does not hold its session up, however busy the server is",
  async (_what, refuse) => {
    const { chat, ask } = place.serve(counting, { claimTime: 600 });
    await chat({ message: "first", session_id: "s" });
    place.change(refuse);
    const run = { "X-Appbuilder-Request-Id": "r" };
    const failed = await chat({ message: "q", session_id: "s" }, run);
    expect(failed.status).toBe(503);
    // Other runs go on all the time, so that the claims of this replica are renewed.
    const enough = new AbortController();
    const others = range(3).map(async (index) => {
      while (!enough.signal.aborted) await chat({ message: "q", session_id: `other-${index}` });
    });
    try {
      await sleep(1000);
      place.change("DROP TRIGGER refuse");
      await eventually(async () => {
        expect(resultOf(await ask("GET", "/runs/r"))["state"]).toBe("interrupted");
      });
      expect(contentOf(await chat({ message: "next", session_id: "s" }))).toBe("1");
    } finally {
      enough.abort();
      await Promise.all(others);
    }
  },
);

test("original 10: the newest message costs about the same at 1,000 rows and at 100,000", async () => {
  const store = await place.openStore();
  const fill = (from: number, to: number): void => {
    place.change(`
      WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to - 1})
      INSERT INTO appbuilder_session_messages
      SELECT 'row-' || n, 'session-' || (n % 100), 'run-' || n, 'query',
        '{"content":"question ' || n || '","name":"msg","mtype":"str","id":"' || n || '"}',
        strftime('%Y-%m-%d %H:%M:%S.000000', 1767225600 + n, 'unixepoch'),
        strftime('%Y-%m-%d %H:%M:%S.000000', 1767225600 + n, 'unixepoch'), 0
      FROM numbers`);
  };
  const medianTime = async (newest: number): Promise<number> => {
    const times: number[] = [];
    for (const index of range(300)) {
      const sessionId = `session-${index % 100}`;
      const begin = performance.now();
      const records = await store.getHistory({ sessionId, messageKey: "query", limit: 1 });
      times.push(performance.now() - begin);
      const expected = newest - 100 + (index % 100);
      expect(records.map(({ message }) => message.content)).toEqual([`question ${expected}`]);
    }
    return times.toSorted((one, other) => one - other)[150] ?? Infinity;
  };
  fill(0, 1000);
  const small = await medianTime(1000);
  fill(1000, 100_000);
  const large = await medianTime(100_000);
  expect(large).toBeLessThan(5 * small + 0.5);
});

test("original 11: a limit of 0 reads nothing, and one below or between is an error, in memory and in a database", async () => {
  const session = new UserSession();
  const store = await place.openStore();
  const inMemory = { sessionId: "limits" };
  for (const options of [inMemory, { ...inMemory, store }]) {
    for (const index of range(3)) {
      await withSession(options, () => session.append({ query: new Message(index) }));
    }
    await withSession(options, async () => {
      const read = async (limit: number) =>
        (await session.getHistory("query", { limit })).map(({ content }) => content);
      expect(await read(0)).toEqual([]);
      expect(await read(2)).toEqual([1, 2]);
      expect(await read(100)).toEqual([0, 1, 2]);
      for (const limit of [-1, 1.5, Number.NaN, Infinity]) {
        await expect(read(limit)).rejects.toMatchObject({ code: "invalid_argument" });
      }
    });
  }
  const { ask } = place.serve(counting);
  for (const limit of ["0", "-1", "1.5", "101"]) {
    expect((await ask("GET", `/sessions?limit=${limit}`)).status).toBe(400);
  }
});
