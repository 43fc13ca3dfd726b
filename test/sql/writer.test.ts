import { setImmediate, setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { TurnkeepError } from "../../src/errors.ts";
import type { FailureKind, Written } from "../../src/sql/database.ts";
import { CommitUnknown } from "../../src/sql/transaction.ts";
import { type Operation, Writer, type WriterOptions } from "../../src/sql/writer.ts";

class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind) {
    super(kind);
    this.kind = kind;
  }
}

interface Notes {
  readonly done: number[];
}

/** A writer to a list, and the groups that it has tried to commit. */
function gather(options: Partial<WriterOptions<Notes>> = {}) {
  const groups: (readonly number[])[] = [];
  const stored: number[] = [];
  const writer = new Writer<Notes>({
    transact: async (work) => {
      const notes: Notes = { done: [] };
      groups.push(notes.done);
      await setTimeout(1);
      const result = await work(notes);
      stored.push(...notes.done);
      return result;
    },
    afterCommit: () => Promise.resolve(),
    kindOf: (error) => (error instanceof Failure ? error.kind : undefined),
    patience: 1000,
    maxOperations: 100,
    maxCharacters: 1000,
    ...options,
  });
  const write = (item: number, fail?: () => Error | undefined, characters = 1): Promise<string> =>
    writer.write({
      size: { rows: 1, characters },
      run: async ({ done }) => {
        await setImmediate();
        const error = fail?.();
        if (error instanceof TurnkeepError) throw error;
        done.push(item);
        if (error !== undefined) throw error;
        return `stored ${item}`;
      },
    });
  return { writer, write, groups, stored };
}

const unlucky = (): Error => new RangeError("unlucky");
const refused = (): Error => new TurnkeepError("session_busy", "not now");
const down = (): Error => new Failure("outage");

test("what is about one thing follows what is left under way of it", async () => {
  const events: string[] = [];
  const left = Promise.withResolvers<void>();
  const { writer } = gather({
    transact: (work) => work({ done: [] }),
    settle: async () => {
      events.push("waits");
      await left.promise;
    },
  });
  const write = (subject: string | undefined, name: string): Promise<void> =>
    writer.write({
      subject,
      size: { rows: 1, characters: 1 },
      run: async () => void events.push(name),
    });
  const all = Promise.all([
    write("one", "one"),
    write("two", "two"),
    write("one", "one again"),
    write(undefined, "alone"),
    write("three", "three"),
  ]);
  await setTimeout(5);
  expect(events).toEqual(["one", "two", "waits"]);
  left.resolve();
  await all;
  expect(events).toEqual(["one", "two", "waits", "one again", "waits", "alone", "waits", "three"]);
});

test("what comes at the same time is done in one transaction, each with its own result", async () => {
  const { write, groups } = gather();
  expect(await Promise.all([1, 2, 3].map((item) => write(item)))).toEqual([
    "stored 1",
    "stored 2",
    "stored 3",
  ]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("what comes during a transaction is of the next", async () => {
  const { write, groups } = gather();
  const first = write(1);
  await setImmediate();
  await setImmediate();
  expect(groups.length).toBe(1);
  await Promise.all([first, write(2), write(3)]);
  expect(groups).toEqual([[1], [2, 3]]);
});

test("groups are no larger than they may be, and keep the order", async () => {
  const { write, groups } = gather({ maxOperations: 3, maxCharacters: 10 });
  const sizes = [1, 1, 1, 1, 6, 5, 50, 2, 8, 1];
  await Promise.all(sizes.map((size) => write(size, undefined, size)));
  expect(groups).toEqual([[1, 1, 1], [1, 6], [5], [50], [2, 8], [1]]);
});

describe("an operation that refuses", () => {
  test("fails by itself, and the others of its group are done with it", async () => {
    const { write, groups, stored } = gather();
    const outcomes = await Promise.allSettled([write(1), write(2, refused), write(3)]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: "stored 1" },
      { status: "rejected", reason: refused() },
      { status: "fulfilled", value: "stored 3" },
    ]);
    expect(groups).toEqual([[1, 3]]);
    expect(stored).toEqual([1, 3]);
  });

  test("leaves nothing behind where it is alone", async () => {
    const { write, stored } = gather();
    await expect(write(1, refused)).rejects.toEqual(refused());
    expect(stored).toEqual([]);
  });
});

describe("an operation that cannot be done", () => {
  test("fails by itself: each of its group is tried again alone", async () => {
    const { write, groups, stored } = gather();
    const outcomes = await Promise.allSettled([write(1), write(13, unlucky), write(3)]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: "stored 1" },
      { status: "rejected", reason: unlucky() },
      { status: "fulfilled", value: "stored 3" },
    ]);
    expect(groups).toEqual([[1, 13], [1], [13], [3]]);
    expect(stored).toEqual([1, 3]);
  });

  test("may be done at the second try, and another refuse then", async () => {
    const { write, stored } = gather();
    let tries = 0;
    const once = (): Error | undefined => (++tries === 1 ? unlucky() : undefined);
    const outcomes = await Promise.allSettled([
      write(1),
      write(2, once as () => Error),
      write(3, refused),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(stored).toEqual([1, 2]);
  });

  test("is tried once where it is alone", async () => {
    const { write, groups } = gather();
    await expect(write(13, unlucky)).rejects.toThrow("unlucky");
    expect(groups).toEqual([[13]]);
    expect(await write(1)).toBe("stored 1");
  });
});

describe("an outage", () => {
  test("fails the group without trying each operation", async () => {
    const { write, groups } = gather();
    const outcomes = await Promise.allSettled([write(1), write(2, down), write(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(groups).toEqual([[1, 2]]);
  });

  test("while operations are tried one by one fails the rest", async () => {
    const { write, groups, stored } = gather();
    let tries = 0;
    const thenDown = (): Error => (++tries === 1 ? unlucky() : down());
    const outcomes = await Promise.allSettled([write(1), write(2, thenDown), write(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(groups).toEqual([[1, 2], [1], [2]]);
    expect(stored).toEqual([1]);
  });

  test("of the commit itself fails all, those that refused too", async () => {
    const { write } = gather({
      transact: async (work) => {
        await work({ done: [] });
        throw down();
      },
    });
    const outcomes = await Promise.allSettled([write(1), write(2, refused)]);
    expect(outcomes).toEqual([
      { status: "rejected", reason: down() },
      { status: "rejected", reason: down() },
    ]);
  });
});

test("upkeep comes after the answers and before the next group, and hears what was written", async () => {
  const events: string[] = [];
  const sizes: Written[] = [];
  const { writer, write } = gather({
    afterCommit: async (written) => {
      await setImmediate();
      events.push("upkeep");
      sizes.push(written);
    },
    maxOperations: 2,
  });
  await Promise.all([1, 2, 3].map((item) => write(item).then((answer) => events.push(answer))));
  await writer.idle();
  expect(events).toEqual(["stored 1", "stored 2", "upkeep", "stored 3", "upkeep"]);
  expect(sizes).toEqual([
    { rows: 2, characters: 2 },
    { rows: 1, characters: 1 },
  ]);
});

test("idle waits for everything that came", async () => {
  const { writer, write, groups } = gather({ maxOperations: 1 });
  await writer.idle();
  const written = Promise.all([1, 2, 3].map((item) => write(item)));
  await writer.idle();
  expect(groups).toEqual([[1], [2], [3]]);
  await written;
});

describe("what had to give way to others", () => {
  test("is done again, by itself", async () => {
    const { write, groups, stored } = gather();
    let conflicts = 3;
    const conflict = (): Error | undefined => {
      conflicts -= 1;
      return conflicts < 0 ? undefined : new Failure("conflict");
    };
    expect(await Promise.all([write(1), write(2, conflict), write(3)])).toEqual([
      "stored 1",
      "stored 2",
      "stored 3",
    ]);
    expect(groups.slice(1)).toEqual([[1], [2], [2], [2], [3]]);
    expect(stored).toEqual([1, 2, 3]);
  });

  test("is given up in the end", async () => {
    const { write, groups } = gather();
    await expect(write(1, () => new Failure("conflict"))).rejects.toThrow("conflict");
    expect(groups.length).toBe(30);
  });
});

describe("a lost database", () => {
  test("is waited for, with all of the group", async () => {
    const { write, groups } = gather();
    let losses = 3;
    const lost = (): Error | undefined => {
      losses -= 1;
      return losses < 0 ? undefined : new Failure("lost");
    };
    expect(await Promise.all([write(1, lost), write(2)])).toEqual(["stored 1", "stored 2"]);
    expect(groups.at(-1)).toEqual([1, 2]);
    expect(groups.length).toBe(4);
  });

  test("is waited for no longer than may be, from the time that each operation came", async () => {
    const { write, stored } = gather({ patience: 200 });
    let isLost = true;
    const lost = (): Error | undefined => (isLost ? new Failure("lost") : undefined);
    const first = write(1, lost);
    const failed = expect(first).rejects.toThrow("lost");
    await setTimeout(150);
    const second = write(2, lost);
    await failed;
    isLost = false;
    expect(await second).toBe("stored 2");
    expect(stored).toEqual([2]);
  });
});

describe("where it is not known whether a transaction was committed", () => {
  /** A writer whose first commit answers nothing, kept or not; and how often an operation was done. */
  function unknown(isKept: boolean) {
    const stored: string[] = [];
    let runs = 0;
    let isFirst = true;
    const writer = new Writer<string[]>({
      transact: async (work) => {
        const done: string[] = [];
        const result = await work(done);
        if (!isFirst) {
          stored.push(...done);
          return result;
        }
        isFirst = false;
        if (isKept) stored.push(...done);
        throw new CommitUnknown(new Failure("lost"));
      },
      kindOf: () => undefined,
      patience: 1000,
      afterCommit: () => Promise.resolve(),
      maxOperations: 10,
      maxCharacters: 10,
    });
    const operation: Operation<string[], string> = {
      size: { rows: 1, characters: 1 },
      run: async (transaction) => {
        runs += 1;
        transaction.push(`run ${runs}`);
        return `run ${runs}`;
      },
      recall: async () => (stored.includes("run 1") ? { result: "run 1" } : undefined),
    };
    return { stored, result: writer.write(operation) };
  }

  test("what was committed is found, and not done again", async () => {
    const { stored, result } = unknown(true);
    expect(await result).toBe("run 1");
    expect(stored).toEqual(["run 1"]);
  });

  test("what was not is done again", async () => {
    const { stored, result } = unknown(false);
    expect(await result).toBe("run 2");
    expect(stored).toEqual(["run 2"]);
  });
});

test("operations about different things are done side by side, about the same one by one", async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const { writer } = gather();
  const write = (name: string, subject: string | undefined, turns: number): Promise<void> =>
    writer.write({
      size: { rows: 1, characters: 1 },
      subject,
      run: async () => {
        begun.push(name);
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
        ended.push(name);
      },
    });
  await Promise.all([
    write("a1", "a", 9),
    write("b1", "b", 3),
    write("a2", "a", 1),
    write("alone", undefined, 5),
    write("b2", "b", 1),
  ]);
  expect(begun).toEqual(["a1", "b1", "a2", "alone", "b2"]);
  expect(ended).toEqual(["b1", "a1", "a2", "alone", "b2"]);
});
