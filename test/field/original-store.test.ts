import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, Message, MessageStream, UserSession, withSession } from "turnkeep";
import { formatTime } from "../../src/session/record-time.ts";
import { type MessageRow, messagesTable, turnsTable } from "../../src/sql/tables.ts";
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

const refuseAnswers = [messagesTable, "message_key = 'answer'"] as const;

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
  await place.database.refuse(...refuseAnswers);
  const streamed = await chat({ message: "q", session_id: "streamed", stream: true });
  expect(streamed.text).not.toContain('"is_completion":true');
  expect(streamed.events().at(-1)).toMatchObject({ code: 503, result: null });
  const whole = await chat({ message: "q", session_id: "whole" });
  expect(whole.status).toBe(503);
  expect(await place.messages("streamed")).toEqual([]);
  expect(await place.messages("whole")).toEqual([]);
  await place.database.accept(messagesTable);
  expect((await chat({ message: "q", session_id: "whole" })).status).toBe(200);
  expect(await place.messages("whole")).toHaveLength(2);
});

test.each([
  ["messages could not be stored", ...refuseAnswers],
  ["end could not be stored at all", turnsTable, "request_id = 'r' AND state <> 'running'"],
] as const)(
  "original 6: a turn whose %s does not hold its session up, however busy the server is",
  async (_what, table, condition) => {
    const { chat, ask } = place.serve(counting, { claimTime: 600 });
    await chat({ message: "first", session_id: "s" });
    await place.database.refuse(table, condition);
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
      await place.database.accept(table);
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
  const fill = (from: number, to: number): Promise<void> =>
    place.within(async (kysely) => {
      for (let start = from; start < to; start += 1000) {
        const rows = range(1000).map((index): MessageRow => {
          const number = start + index;
          const time = formatTime(1_767_225_600_000_000n + BigInt(number) * 1_000_000n);
          return {
            id: `row-${number}`,
            session_id: `session-${number % 100}`,
            request_id: `run-${number}`,
            message_key: "query",
            message_value: `{"content":"question ${number}","name":"msg","mtype":"str","id":"${number}"}`,
            created_at: time,
            updated_at: time,
            deleted: false,
          };
        });
        await kysely.insertInto(messagesTable).values(rows).execute();
      }
    });
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
  await fill(0, 1000);
  const small = await medianTime(1000);
  await fill(1000, 100_000);
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
