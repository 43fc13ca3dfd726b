import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { SessionRecord, SessionStore } from "../../../src/session/session-store.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, recordsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { begin, ending } from "../../../src/testing/store-contract/turn-steps.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { type Child, startCommand } from "../child-process.ts";

const sessionA = "b2c9d058-4475-4258-ad90-4334f3d024d5";
const sessionB = "0bdafb3d-f7e3-4187-bc1d-63cf51fbda29";
const program = fileURLToPath(new URL("original.py", import.meta.url));
const pythonMade = fileURLToPath(new URL("../../fixtures/table/python-made.db", import.meta.url));

function python(...parameters: readonly string[]): Child {
  return startCommand(["python3", program, ...parameters]);
}

async function pythonReads(path: string, session: string, key: string): Promise<unknown[]> {
  await using child = python("read", path, session, key, "1000");
  const line = await child.nextLine();
  return (JSON.parse(line) as { content: unknown }[]).map(({ content }) => content);
}

/** Copies the database that the original made, and opens it. */
async function openPythonMade(folder: string): Promise<{ path: string; store: SessionStore }> {
  const path = join(folder, "python-made.db");
  await copyFile(pythonMade, path);
  return { path, store: await openSqlStore(`sqlite:///${path}`) };
}

describe("a database that the original made", () => {
  test("is read", async () => {
    await using folder = await temporaryFolder();
    const { store } = await openPythonMade(folder.path);
    await using _store = store;
    expect(await contentsOf(store, sessionA, "query")).toEqual([
      "海淀区的面积是多少",
      "R:北京呢",
      "R:第一个问题是什么😀",
    ]);
    expect(await contentsOf(store, sessionB, "answer", 2)).toEqual([
      "A:R:北京呢",
      "A:R:第一个问题是什么😀",
    ]);
    const [record] = await store.getHistory({
      sessionId: sessionA,
      messageKey: "answer",
      limit: 1,
    });
    expect({ ...record, message: JSON.parse(JSON.stringify(record?.message)) as unknown }).toEqual({
      id: "b3de58c3-02b8-43d9-8462-ecdad3fe0116",
      sessionId: sessionA,
      requestId: "req-A3",
      messageKey: "answer",
      message: {
        content: "A:R:第一个问题是什么😀",
        name: "msg",
        mtype: "str",
        id: "2b813721-80a0-4b5a-a839-a3eeceb236f5",
        extra: {},
        token_usage: { prompt_tokens: 11, completion_tokens: 13, total_tokens: 24 },
      },
      createdAt: "2026-11-23 08:44:42.763624",
      updatedAt: "2026-11-23 08:44:42.763632",
    });
  });

  test("is gone on with, and the original reads what was added, in order", async () => {
    await using folder = await temporaryFolder();
    const { path, store } = await openPythonMade(folder.path);
    await using _store = store;
    const asked = ["海淀区的面积是多少", "R:北京呢", "R:第一个问题是什么😀", "四😀\u0000", "five"];
    for (const content of asked.slice(3)) {
      await store.appendTurn(turnOf(sessionA, { query: content, answer: `A:${content}` }));
    }
    expect(await contentsOf(store, sessionA, "query")).toEqual(asked);
    expect(await pythonReads(path, sessionA, "query")).toEqual(asked);
    const answers = asked.map((content) => `A:${content}`);
    expect(await contentsOf(store, sessionA, "answer")).toEqual(answers);
    expect(await pythonReads(path, sessionA, "answer")).toEqual(answers);
    expect(await contentsOf(store, sessionB, "query")).toEqual(asked.slice(0, 3));
  });

  test("is gone on with by a clock that is behind", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "python-made.db");
    await copyFile(pythonMade, path);
    await using store = await openSqlStore(`sqlite:///${path}`, {
      clock: () => "2024-01-01 00:00:00.000000",
    });
    await store.appendTurn(turnOf(sessionA, { query: "late", answer: "later" }));
    const records = await recordsOf(store, sessionA, ["query", "answer"]);
    expect(records.slice(-3).map(({ updatedAt }) => updatedAt)).toEqual([
      "2026-11-23 08:44:42.763632",
      "2026-11-23 08:44:42.763633",
      "2026-11-23 08:44:42.763634",
    ]);
    expect((await pythonReads(path, sessionA, "query")).at(-1)).toBe("late");
  });
});

test("the original and a store write one session in turn, and both read one order", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "shared.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  await using child = python("append", path, "session");
  expect(await child.nextLine()).toBe("ready");
  const expected: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const content = `${turn} 海😀`;
    expected.push(content);
    if (turn % 2 === 0) {
      await store.appendTurn(turnOf("session", { query: content, answer: content }));
    } else {
      const stored = child.nextLine();
      child.process.stdin.write(`${JSON.stringify({ query: content, answer: content })}\n`);
      expect(await stored).toBe("stored");
    }
    expect(await contentsOf(store, "session", "query")).toEqual(expected);
    expect(await contentsOf(store, "session", "answer")).toEqual(expected);
  }
  expect(await pythonReads(path, "session", "query")).toEqual(expected);
  expect(await pythonReads(path, "session", "answer")).toEqual(expected);
  const records = await recordsOf(store, "session", ["query", "answer"]);
  expect(records.map(({ message }) => message.content)).toEqual(
    expected.flatMap((content) => [content, content]),
  );
});

test("the original writes to the session of turns, and all have one order", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "shared.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  await using child = python("append", path, "session");
  await child.nextLine();
  const turns = 50;
  for (let turn = 0; turn < turns; turn += 1) {
    child.process.stdin.write(`${JSON.stringify({ query: `python ${turn}` })}\n`);
  }
  child.process.stdin.end();
  for (let turn = 0; turn < turns; turn += 1) {
    await begin(store, "session", `turn ${turn}`);
    await store.endTurn(ending(`turn ${turn}`, { query: `ours ${turn}`, answer: turn }));
  }
  expect(await child.ended).toEqual({ code: 0, errors: "" });
  const queries = await contentsOf(store, "session", "query");
  expect(queries.length).toBe(2 * turns);
  for (const writer of ["python", "ours"]) {
    const own = queries.filter((query) => String(query).startsWith(writer));
    expect(own).toEqual(own.map((_, turn) => `${writer} ${turn}`));
  }
  expect(await pythonReads(path, "session", "query")).toEqual(queries);
  const messages = await store.getMessages({
    sessionId: "session",
    userId: undefined,
    limit: 1000,
  });
  expect(messages?.length).toBe(3 * turns);
  const oldestFirst = messages?.toReversed() ?? [];
  expect(oldestFirst.filter(({ messageKey }) => messageKey === "query").map(contentOf)).toEqual(
    queries,
  );
  await store.updateSession("session", undefined, { deleted: true });
  expect(await pythonReads(path, "session", "query")).toEqual([]);
  await store.updateSession("session", undefined, { deleted: false });
  expect(await pythonReads(path, "session", "query")).toEqual(queries);
});

test("the original and a store write at the same time without losing a turn", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "shared.db");
  await using store = await openSqlStore(`sqlite:///${path}`);
  await using child = python("append", path, "session");
  await child.nextLine();
  const turns = 100;
  for (let turn = 0; turn < turns; turn += 1) {
    child.process.stdin.write(`${JSON.stringify({ python: turn })}\n`);
  }
  child.process.stdin.end();
  await Promise.all(
    Array.from({ length: turns }, (_, turn) => store.appendTurn(turnOf("session", { ours: turn }))),
  );
  expect(await child.ended).toEqual({ code: 0, errors: "" });
  for (const key of ["python", "ours"]) {
    const contents = await contentsOf(store, "session", key);
    expect(new Set(contents).size).toBe(turns);
    expect(await pythonReads(path, "session", key)).toEqual(contents);
  }
});

function contentOf({ message }: SessionRecord): unknown {
  return message.content;
}
