import { defineComponent, Message, UserSession } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { messagesTable } from "../../src/sql/tables.ts";
import { startFaultServer } from "../faults/start-fault-server.ts";
import {
  as,
  contentOf,
  counting,
  openPlace,
  pagesOf,
  type Place,
  range,
  resultOf,
} from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

const frozen = "2026-05-05 05:05:05.000000";

test("M1: a hundred saves at once finish, each with a read of its own", async () => {
  const store = await place.openStore();
  const { chat } = place.serve(counting);
  await Promise.all([
    ...range(100).map(async (index) => {
      const sessionId = `saved-${index}`;
      const message = new Message(index);
      await store.appendTurn({
        sessionId,
        requestId: `save-${index}`,
        messages: [{ messageKey: "query", message }],
      });
      const records = await store.getHistory({ sessionId, messageKey: "query", limit: 1 });
      expect(records.map((record) => record.message.content)).toEqual([index]);
    }),
    ...range(100).map(async (index) => {
      const response = await chat({ message: `${index}`, session_id: `asked-${index}` });
      expect(contentOf(response)).toBe("0");
    }),
  ]);
});

test("M2: a message with the id of another user's message takes nothing from that user", async () => {
  const keeping = defineComponent<string>({
    run: async (message) => {
      const answer = new Message(`to ${message.content}`, { id: "the-same-id" });
      await new UserSession().append({ answer });
      return answer;
    },
  });
  const { chat } = place.serve(keeping);
  await chat({ message: "alice", session_id: "hers" }, as("alice"));
  const before = await place.messages("hers");
  await chat({ message: "bob", session_id: "his" }, as("bob"));
  await chat({ message: "bob again", session_id: "his" }, as("bob"));
  expect(await place.messages("hers")).toEqual(before);
  expect(before.map(({ content }) => content)).toEqual(["to alice"]);
  expect((await place.messages("his")).map(({ content }) => content)).toEqual([
    "to bob",
    "to bob again",
  ]);
});

test("M3: a failed save of 130 messages leaves none, and the same save works afterwards", async () => {
  const store = await place.openStore();
  await place.database.refuse(messagesTable, "message_key = 'key-100'");
  const turn = {
    sessionId: "s",
    requestId: "r",
    messages: range(130).map((index) => ({
      messageKey: `key-${index}`,
      message: new Message(index),
    })),
  };
  const others = range(10).map((index) =>
    store.appendTurn({
      sessionId: "other",
      requestId: `other-${index}`,
      messages: [{ messageKey: "query", message: new Message(index) }],
    }),
  );
  await expect(store.appendTurn(turn)).rejects.toMatchObject({ name: "TurnkeepError" });
  await Promise.all(others);
  expect(await place.messages("s")).toEqual([]);
  expect(await place.messages("other")).toHaveLength(10);
  await place.database.accept(messagesTable);
  await store.appendTurn(turn);
  expect((await place.messages("s")).map(({ content }) => content)).toEqual(range(130));
});

test("M4: messages of one millisecond keep their order, also when their session is changed", async () => {
  const store = await place.openStore({ clock: () => frozen });
  const steps = defineComponent<string>({
    run: async (message) => {
      const answer = new Message(`${message.content} answered`);
      await new UserSession().append({
        query: message,
        step: new Message(`${message.content} thought about`),
        answer,
      });
      return answer;
    },
  });
  const service = place.serve(steps, { userSessionConfig: store });
  const { chat, ask } = service;
  const expected: string[] = [];
  for (const index of range(20)) {
    await chat({ message: `${index}`, session_id: "s" });
    expected.push(`${index}`, `${index} thought about`, `${index} answered`);
  }
  const before = await place.messages("s");
  expect(before.map(({ content }) => content)).toEqual(expected);
  expect(before.every(({ time }) => time.startsWith("2026-05-05 05:05:05.000"))).toBe(true);
  await ask("PATCH", "/sessions/s", { json: { title: "changed" } });
  await ask("DELETE", "/sessions/s");
  await ask("POST", "/sessions/s/restore");
  expect(await place.messages("s")).toEqual(before);
  const { items } = await pagesOf(service, "/sessions/s/messages?limit=7", "messages");
  const listed = (items as { message: { content: unknown } }[]).map(
    ({ message }) => message.content,
  );
  expect(listed).toEqual(expected.toReversed());
});

test("M5: of 40 concurrent changes to a session every one survives", async () => {
  const { chat, ask } = place.serve(counting);
  await chat({ message: "first", session_id: "s" });
  const titles = range(20).map((index) => `title ${index}`);
  const [changed, answered] = await Promise.all([
    Promise.all(titles.map((title) => ask("PATCH", "/sessions/s", { json: { title } }))),
    Promise.all(range(20).map((index) => chat({ message: `${index}`, session_id: "s" }))),
  ]);
  expect(changed.map((response) => resultOf(response)["title"])).toEqual(titles);
  expect(answered.map((response) => Number(contentOf(response))).toSorted((a, b) => a - b)).toEqual(
    range(20).map((index) => index + 1),
  );
  const session = resultOf(await ask("GET", "/sessions/s"));
  expect(session["turns"]).toBe(21);
  expect(titles).toContain(session["title"]);
});

test("M6: concurrent first requests on a fresh database all succeed, in two processes and this one", async () => {
  const [first, second] = await Promise.all([
    startFaultServer(place.url),
    startFaultServer(place.url),
  ]);
  try {
    const { chat } = place.serve(counting);
    const statuses = await Promise.all(
      range(30).map(async (index) => {
        const body = { message: `${index}`, session_id: `s${index}` };
        if (index % 3 === 0) return (await chat(body)).status;
        const response = await fetch(`${(index % 3 === 1 ? first : second).url}/chat`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        });
        await response.text();
        return response.status;
      }),
    );
    expect(statuses).toEqual(range(30).map(() => 200));
    for (const index of range(30)) expect(await place.messages(`s${index}`)).toHaveLength(2);
  } finally {
    await Promise.all([first.kill(), second.kill()]);
  }
});

test("M7: messages of one millisecond come back oldest first, whatever the limit", async () => {
  const store = await place.openStore({ clock: () => frozen });
  for (const index of range(30)) {
    await store.appendTurn({
      sessionId: "s",
      requestId: `r${index}`,
      messages: [{ messageKey: "query", message: new Message(index) }],
    });
  }
  for (const limit of [1, 2, 29, 30, 100]) {
    const records = await store.getHistory({ sessionId: "s", messageKey: "query", limit });
    expect(records.map(({ message }) => message.content)).toEqual(range(30).slice(-limit));
  }
});

test("M8: of 20 concurrent turns in one user's two sessions every one survives", async () => {
  const { chat, ask } = place.serve(counting);
  await Promise.all(
    range(20).map((index) =>
      chat({ message: `${index}`, session_id: index % 2 === 0 ? "even" : "odd" }, as("alice")),
    ),
  );
  const { sessions } = resultOf(await ask("GET", "/sessions", { headers: as("alice") })) as {
    sessions: { session_id: string; turns: number }[];
  };
  expect(new Map(sessions.map(({ session_id, turns }) => [session_id, turns]))).toEqual(
    new Map([
      ["even", 10],
      ["odd", 10],
    ]),
  );
  for (const [name, rest] of [
    ["even", 0],
    ["odd", 1],
  ] as const) {
    const questions = (await place.messages(name)).filter(({ key }) => key === "query");
    expect(questions.map(({ content }) => Number(content)).toSorted((a, b) => a - b)).toEqual(
      range(10).map((index) => 2 * index + rest),
    );
  }
});

test("M12: 100 turns of two messages of 300 bytes take at most 2.5 KB each on disk", async () => {
  const talking = defineComponent<string>({
    run: async (message) => {
      const answer = new Message("a".repeat(300));
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  const { chat, runtime } = place.serve(talking);
  await chat({ message: "q".repeat(300), session_id: "before" });
  const before = await place.database.sizeOnDisk();
  for (const index of range(100)) {
    await chat({ message: `${index}`.padEnd(300, "q"), session_id: "s" });
  }
  await runtime.close();
  const perTurn = ((await place.database.sizeOnDisk()) - before) / 100;
  // Servers keep each table and index in pages of its own, and what transactions need of each row.
  expect(perTurn).toBeLessThan(process.env["TURNKEEP_TEST_DATABASE"] === "sqlite" ? 2500 : 5000);
  expect(await place.messages("s")).toHaveLength(200);
});
