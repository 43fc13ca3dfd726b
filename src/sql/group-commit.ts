import { setImmediate } from "node:timers/promises";

/** How a {@link GroupCommit} works. */
export interface GroupCommitOptions<Item, Result> {
  /** Commits the items, all or none, and answers one result for each, in their order. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How large an item is, to be held against `maxSize`. */
  readonly sizeOf: (item: Item) => number;
  /** Whether a failure of `commit` would strike every other item too. */
  readonly isOutage: (error: unknown) => boolean;
  /** Called after a group's promises are settled, before the next group. It must not throw. */
  readonly afterCommit: (items: readonly Item[]) => Promise<void>;
  /** How many items a group has at the most. */
  readonly maxItems: number;
  /** How large a group is at the most; an item that is larger by itself goes alone. */
  readonly maxSize: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits what is added at the same time together, one group after another, first come first
 * served. A group that fails is tried again item by item, so that an item that cannot be committed
 * never fails another.
 */
export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>;
  #queue: Waiting<Item, Result>[] = [];
  #working: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options;
  }

  /** Fulfilled when the item is committed; rejected with what its commit threw. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Fulfilled when nothing is waiting or under way. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      // Whoever adds in this turn of the event loop is of the group.
      await setImmediate();
      const group = this.#takeGroup();
      await this.#commitGroup(group);
      await this.#options.afterCommit(group.map(({ item }) => item));
    }
    this.#working = undefined;
  }

  #takeGroup(): readonly Waiting<Item, Result>[] {
    const { sizeOf, maxItems, maxSize } = this.#options;
    let size = 0;
    const end = this.#queue.findIndex(({ item }, index) => {
      size += sizeOf(item);
      return index > 0 && (index >= maxItems || size > maxSize);
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  async #commitGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.commit(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (group.length === 1 || this.#options.isOutage(error)) {
        for (const { reject } of group) reject(error);
      } else {
        await this.#commitOneByOne(group);
      }
    }
  }

  async #commitOneByOne(group: readonly Waiting<Item, Result>[]): Promise<void> {
    let outage: { readonly error: unknown } | undefined;
    for (const { item, resolve, reject } of group) {
      if (outage !== undefined) {
        reject(outage.error);
        continue;
      }
      try {
        const [result] = await this.#options.commit([item]);
        resolve(result as Result);
      } catch (error) {
        reject(error);
        if (this.#options.isOutage(error)) outage = { error };
      }
    }
  }
}
