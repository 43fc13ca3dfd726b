import { setImmediate } from "node:timers/promises";
import { isTurnkeepError } from "../errors.ts";
import type { Written } from "./database.ts";

/** Something that is done within a transaction. */
export interface Operation<Transaction, Result> {
  /**
   * Does it. It may be called again, in another transaction, after one that failed. A
   * TurnkeepError that it throws is a refusal: it must not have written anything by then.
   */
  readonly run: (transaction: Transaction) => Promise<Result>;
  /** How much it writes, about. */
  readonly size: Written;
}

/** How a {@link Writer} works. */
export interface WriterOptions<Transaction> {
  /** Does the work in a transaction: all or none of it is kept. */
  readonly transact: <Result>(
    work: (transaction: Transaction) => Promise<Result>,
  ) => Promise<Result>;
  /** Whether a failure would strike every other operation too. */
  readonly isOutage: (error: unknown) => boolean;
  /** Called after a group's promises are settled, before the next group. It must not throw. */
  readonly afterCommit: (written: Written) => Promise<void>;
  /** How many operations a group has at the most. */
  readonly maxOperations: number;
  /** How many characters a group has at the most; an operation that has more goes alone. */
  readonly maxCharacters: number;
}

interface Waiting<Transaction> {
  readonly operation: Operation<Transaction, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly refusal: unknown };

/**
 * Does operations that come at the same time in one transaction, one group after another, first
 * come first served. An operation that refuses fails by itself; where the database fails, each
 * operation of the group is tried again by itself, so that one that cannot be done never fails
 * another.
 */
export class Writer<Transaction> {
  readonly #options: WriterOptions<Transaction>;
  #queue: Waiting<Transaction>[] = [];
  #working: Promise<void> | undefined;

  constructor(options: WriterOptions<Transaction>) {
    this.#options = options;
  }

  /** Fulfilled when the operation is committed; rejected with what kept it from that. */
  write<Result>(operation: Operation<Transaction, Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ operation, resolve: resolve as (result: unknown) => void, reject });
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
      await this.#options.afterCommit(sizeOf(group));
    }
    this.#working = undefined;
  }

  #takeGroup(): readonly Waiting<Transaction>[] {
    const { maxOperations, maxCharacters } = this.#options;
    let characters = 0;
    const end = this.#queue.findIndex(({ operation }, index) => {
      characters += operation.size.characters;
      return index > 0 && (index >= maxOperations || characters > maxCharacters);
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  async #commitGroup(group: readonly Waiting<Transaction>[]): Promise<void> {
    try {
      await this.#commit(group);
    } catch (error) {
      if (group.length === 1 || this.#options.isOutage(error)) {
        for (const { reject } of group) reject(error);
      } else {
        await this.#commitOneByOne(group);
      }
    }
  }

  async #commitOneByOne(group: readonly Waiting<Transaction>[]): Promise<void> {
    let outage: { readonly error: unknown } | undefined;
    for (const waiting of group) {
      if (outage !== undefined) {
        waiting.reject(outage.error);
        continue;
      }
      try {
        await this.#commit([waiting]);
      } catch (error) {
        waiting.reject(error);
        if (this.#options.isOutage(error)) outage = { error };
      }
    }
  }

  /** Commits all of the group's operations but those that refuse; throws where nothing is kept. */
  async #commit(group: readonly Waiting<Transaction>[]): Promise<void> {
    const outcomes = await this.#options.transact(async (transaction) => {
      const done: Outcome[] = [];
      for (const { operation } of group) done.push(await outcomeOf(operation, transaction));
      return done;
    });
    for (const [index, outcome] of outcomes.entries()) {
      if ("refusal" in outcome) group[index]?.reject(outcome.refusal);
      else group[index]?.resolve(outcome.result);
    }
  }
}

async function outcomeOf<Transaction>(
  operation: Operation<Transaction, unknown>,
  transaction: Transaction,
): Promise<Outcome> {
  try {
    return { result: await operation.run(transaction) };
  } catch (error) {
    if (!isTurnkeepError(error)) throw error;
    return { refusal: error };
  }
}

function sizeOf<Transaction>(group: readonly Waiting<Transaction>[]): Written {
  let rows = 0;
  let characters = 0;
  for (const { operation } of group) {
    rows += operation.size.rows;
    characters += operation.size.characters;
  }
  return { rows, characters };
}
