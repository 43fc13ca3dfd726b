import { setImmediate, setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { GroupCommit, type GroupCommitOptions } from "../../src/sql/group-commit.ts";

class Outage extends Error {}

function gather(options: Partial<GroupCommitOptions<number, string>> = {}) {
  const groups: (readonly number[])[] = [];
  const commits = new GroupCommit<number, string>({
    commit: async (items) => {
      groups.push(items);
      await setTimeout(1);
      if (items.includes(13)) throw new RangeError("unlucky");
      return items.map((item) => `stored ${item}`);
    },
    afterCommit: () => Promise.resolve(),
    isOutage: (error) => error instanceof Outage,
    sizeOf: () => 1,
    maxItems: 100,
    maxSize: 1000,
    ...options,
  });
  return { commits, groups };
}

test("what is added at the same time is committed together, each with its own result", async () => {
  const { commits, groups } = gather();
  const results = await Promise.all([1, 2, 3].map((item) => commits.add(item)));
  expect(results).toEqual(["stored 1", "stored 2", "stored 3"]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("what is added during a commit is the next group", async () => {
  const { commits, groups } = gather();
  const first = commits.add(1);
  await setImmediate();
  await setImmediate();
  expect(groups).toEqual([[1]]);
  await Promise.all([first, commits.add(2), commits.add(3)]);
  expect(groups).toEqual([[1], [2, 3]]);
});

test("groups are no larger than they may be, and keep the order", async () => {
  const { commits, groups } = gather({ maxItems: 3, maxSize: 10, sizeOf: (item) => item });
  await Promise.all([1, 1, 1, 1, 6, 5, 50, 2, 8, 1].map((item) => commits.add(item)));
  expect(groups).toEqual([[1, 1, 1], [1, 6], [5], [50], [2, 8], [1]]);
});

describe("an item that cannot be committed", () => {
  test("fails by itself", async () => {
    const { commits, groups } = gather();
    const outcomes = await Promise.allSettled([1, 13, 3].map((item) => commits.add(item)));
    expect(outcomes).toEqual([
      { status: "fulfilled", value: "stored 1" },
      { status: "rejected", reason: new RangeError("unlucky") },
      { status: "fulfilled", value: "stored 3" },
    ]);
    expect(groups).toEqual([[1, 13, 3], [1], [13], [3]]);
  });

  test("is tried once where it is alone", async () => {
    const { commits, groups } = gather();
    await expect(commits.add(13)).rejects.toThrow("unlucky");
    expect(groups).toEqual([[13]]);
    expect(await commits.add(1)).toBe("stored 1");
  });
});

describe("an outage", () => {
  test("fails the group without trying each item", async () => {
    let tries = 0;
    const { commits } = gather({
      commit: () => {
        tries += 1;
        return Promise.reject(new Outage("down"));
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => commits.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(tries).toBe(1);
  });

  test("while items are tried one by one fails the rest", async () => {
    const tried: (readonly number[])[] = [];
    const { commits } = gather({
      commit: (items) => {
        tried.push(items);
        if (items.length > 1) return Promise.reject(new RangeError("unlucky"));
        if (items[0] === 1) return Promise.resolve(["stored 1"]);
        return Promise.reject(new Outage("down"));
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => commits.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(tried).toEqual([[1, 2, 3], [1], [2]]);
  });
});

test("upkeep comes after the answers and before the next group", async () => {
  const events: string[] = [];
  const { commits } = gather({
    commit: async (items) => {
      events.push(`commit ${items.join(" ")}`);
      return items.map(String);
    },
    afterCommit: async (items) => {
      await setImmediate();
      events.push(`upkeep ${items.join(" ")}`);
    },
    maxItems: 2,
  });
  await Promise.all([1, 2, 3].map((item) => commits.add(item).then(() => events.push(`${item}`))));
  await commits.idle();
  expect(events).toEqual(["commit 1 2", "1", "2", "upkeep 1 2", "commit 3", "3", "upkeep 3"]);
});

test("idle waits for everything that was added", async () => {
  const { commits, groups } = gather({ maxItems: 1 });
  await commits.idle();
  const added = Promise.all([1, 2, 3].map((item) => commits.add(item)));
  await commits.idle();
  expect(groups).toEqual([[1], [2], [3]]);
  await added;
});
