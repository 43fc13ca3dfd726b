import { defineComponent, MessageStream, UserSession } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SessionRow, sessionsTable } from "../../src/sql/tables.ts";
import { as, counting, openPlace, pagesOf, type Place, range, resultOf } from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

test("adk-python#4621, adk-python#4871: among 10,000 sessions every page comes at once, the last as the first", async () => {
  const service = place.serve(counting);
  await service.chat({ message: "q", session_id: "first" }, as("alice"));
  await place.within(async (kysely) => {
    const [first] = await kysely.selectFrom(sessionsTable).selectAll().execute();
    if (first === undefined) throw new Error("there is no session to copy");
    for (let start = 1; start <= 10_000; start += 1000) {
      const copies = range(1000).map((index): SessionRow => {
        const number = start + index;
        return Object.assign({}, first, {
          session_id: `session-${number}`,
          user_id: number % 2 === 0 ? "alice" : `user-${number}`,
          updated_at: `2026-01-01 00:00:00.${String(Math.floor(number / 4)).padStart(6, "0")}`,
        });
      });
      await kysely.insertInto(sessionsTable).values(copies).execute();
    }
  });
  const { items, times } = await pagesOf(service, "/sessions?limit=100", "sessions", as("alice"));
  const sessions = items as { session_id: string; updated_at: string }[];
  expect(sessions).toHaveLength(5001);
  expect(new Set(sessions.map(({ session_id }) => session_id)).size).toBe(5001);
  const used = sessions.map(({ updated_at }) => updated_at);
  expect(used).toEqual(used.toSorted().toReversed());
  expect(times).toHaveLength(51);
  expect(medianOf(times)).toBeLessThan(100);
  expect(medianOf(times.slice(-10))).toBeLessThan(10 * medianOf(times.slice(0, 10)) + 20);
});

test("mastra#9370, langgraphjs#1138: a turn stores its own messages, however long its session is", async () => {
  const remembering = defineComponent<string>({
    run: async (message) => {
      const session = new UserSession();
      const history = await session.getHistory("answer", { limit: 1000 });
      const answer = MessageStream.from([`${history.length}`.padEnd(200, ".")]);
      await session.append({ query: message, answer });
      return answer;
    },
  });
  const { chat, ask } = place.serve(remembering);
  const sizes: number[] = [];
  for (const part of range(3)) {
    for (const index of range(40)) {
      await chat({ message: `${40 * part + index}`.padEnd(200, "."), session_id: "s" });
    }
    sizes.push(await place.database.sizeOnDisk());
  }
  expect(await place.messages("s")).toHaveLength(240);
  expect(resultOf(await ask("GET", "/sessions/s"))["turns"]).toBe(120);
  const [first = 0, second = 0, third = 0] = sizes;
  expect(third - second).toBeLessThan(1.5 * (second - first) + 16_384);
});

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Infinity;
}
