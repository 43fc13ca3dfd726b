import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { Writers } from "../../src/sql/writers.ts";

/** Writers to a list, and the groups that they have begun, by what their operations are called. */
function open(count: number, maxOperations = 100) {
  const groups: string[][] = [];
  const writers = new Writers<string[]>(count, {
    transact: async (work) => {
      const group: string[] = [];
      groups.push(group);
      return work(group);
    },
    afterCommit: () => Promise.resolve(),
    kindOf: () => undefined,
    patience: 1000,
    maxOperations,
    maxCharacters: 1000,
  });
  const write = (name: string, subject: string | undefined, until?: Promise<unknown>) =>
    writers.write({
      size: { rows: 1, characters: 1 },
      subject,
      run: async (group) => {
        group.push(name);
        await until;
        return name;
      },
    });
  return { writers, write, groups };
}

test("what comes at the same time is one group, though there are several writers", async () => {
  const { write, groups } = open(4);
  await Promise.all(["a", "b", "c", "d"].map((name) => write(name, name)));
  expect(groups).toEqual([["a", "b", "c", "d"]]);
});

test("what comes while a group is late goes past it, but for what is about the same", async () => {
  const { writers, write, groups } = open(4);
  const end = Promise.withResolvers<void>();
  const first = write("a1", "a", end.promise);
  await setTimeout(50);
  const second = write("a2", "a");
  expect(await write("b", "b")).toBe("b");
  expect(groups).toEqual([["a1"], ["b"]]);
  end.resolve();
  expect(await Promise.all([first, second])).toEqual(["a1", "a2"]);
  await writers.idle();
  expect(groups).toEqual([["a1"], ["b"], ["a2"]]);
});

test("what is more than a group goes to several writers", async () => {
  const { write, groups } = open(3, 2);
  await Promise.all(["a", "b", "c", "d"].map((name) => write(name, name)));
  expect(groups).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});

test("what is about no subject waits for none, and keeps its order", async () => {
  const { write, groups } = open(2);
  const end = Promise.withResolvers<void>();
  const held = write("a", "a", end.promise);
  await setTimeout(1);
  expect(await Promise.all([write("1", undefined), write("2", undefined)])).toEqual(["1", "2"]);
  expect(groups).toEqual([["a"], ["1", "2"]]);
  end.resolve();
  await held;
});
