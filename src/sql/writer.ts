import { setImmediate, setTimeout } from "node:timers/promises";
import { isTurnkeepError } from "../errors.ts";
import type { FailureKind, Written } from "./database.ts";
import { CommitUnknown } from "./transaction.ts";

/** Something that is done within a transaction. */
export interface Operation<Transaction, Result> {
  /**
   * Does it. It may be called again, in another transaction, after one that failed. A
   * TurnkeepError that it throws is a refusal: it must not have written anything by then.
   */
  readonly run: (transaction: Transaction) => Promise<Result>;
  /**
   * Asked before it is done again, where it is not known whether the transaction that it was done in
   * was committed: what it did then, or undefined where that was not committed. Where it is absent,
   * doing it twice is as good as once.
   */
  readonly recall?:
    ((transaction: Transaction) => Promise<Recalled<Result> | undefined>) | undefined;
  /**
   * What it is about. Operations about different things may be done at the same time within one
   * transaction, those about the same one after another; one that does not say is done by itself.
   */
  readonly subject?: string | undefined;
  /** How much it writes, about. */
  readonly size: Written;
}

/** What an operation did in a transaction that turned out to have been committed. */
export interface Recalled<Result> {
  readonly result: Result;
}

/** How a {@link Writer} works. */
export interface WriterOptions<Transaction> {
  /**
   * Does the work in a transaction: all or none of it is kept. Throws {@link CommitUnknown} where
   * it cannot be told which.
   */
  readonly transact: <Result>(
    work: (transaction: Transaction) => Promise<Result>,
  ) => Promise<Result>;
  /** Fulfilled when what earlier operations have left under way in the transaction is done. */
  readonly settle?: (transaction: Transaction) => Promise<void>;
  /** What an error means; undefined where it is none of the database's. */
  readonly kindOf: (error: unknown) => FailureKind | undefined;
  /** How long an operation waits for a lost database, in milliseconds. */
  readonly patience: number;
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
  /** When it gives up waiting for a lost database. */
  readonly deadline: number;
  /** Whether an earlier transaction with it may have been committed. */
  unknown: boolean;
}

type Outcome = { readonly result: unknown } | { readonly refusal: unknown };

/** How often an operation is done again that had to give way to others. */
const maxConflicts = 30;
/** The longest pause before something is done again, in milliseconds. */
const maxPause = { conflict: 100, lost: 500 } as const;

/**
 * Does operations that come at the same time in one transaction, one group after another, first
 * come first served. An operation that refuses fails by itself; where the database fails, each
 * operation of the group is tried again by itself, so that one that cannot be done never fails
 * another. What had to give way to other transactions is done again, and so is what a lost
 * connection cut off, as soon as there is another; where that may have been committed, it is looked
 * up first.
 */
export class Writer<Transaction> {
  readonly #options: WriterOptions<Transaction>;
  #queue: Waiting<Transaction>[] = [];
  #working: Promise<void> | undefined;
  #busySince = Number.POSITIVE_INFINITY;

  constructor(options: WriterOptions<Transaction>) {
    this.#options = options;
  }

  /** Fulfilled when the operation is committed; rejected with what kept it from that. */
  write<Result>(operation: Operation<Transaction, Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({
        operation,
        resolve: resolve as (result: unknown) => void,
        reject,
        deadline: performance.now() + this.#options.patience,
        unknown: false,
      });
      this.#working ??= this.#work();
    });
  }

  /** How many operations wait for a group. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** When the group that is under way was begun, by the clock of `performance`; infinite where none is. */
  get busySince(): number {
    return this.#busySince;
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
      this.#busySince = performance.now();
      await this.#settle(group);
      await this.#options.afterCommit(sizeOf(group));
    }
    this.#working = undefined;
    this.#busySince = Number.POSITIVE_INFINITY;
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

  /** Settles every operation of the group. The answer is the outage that ended it, where one did. */
  async #settle(group: readonly Waiting<Transaction>[]): Promise<Outage | undefined> {
    let left = group;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#commit(left);
        return undefined;
      } catch (error) {
        const kind = this.#note(error, left);
        if (kind === "lost") {
          left = giveUpOverdue(left, error);
          if (left.length === 0) return undefined;
        } else if (kind === "outage") {
          for (const { reject } of left) reject(error);
          return { error };
        } else if (left.length > 1) {
          return this.#settleOneByOne(left);
        } else if (kind !== "conflict" || attempt >= maxConflicts) {
          for (const { reject } of left) reject(error);
          return undefined;
        }
        await setTimeout(pause(attempt, maxPause[kind]));
      }
    }
  }

  async #settleOneByOne(group: readonly Waiting<Transaction>[]): Promise<Outage | undefined> {
    let outage: Outage | undefined;
    for (const waiting of group) {
      if (outage === undefined) outage = await this.#settle([waiting]);
      else waiting.reject(outage.error);
    }
    return outage;
  }

  /** What a failure of a group means, which is noted where it leaves open what was committed. */
  #note(error: unknown, group: readonly Waiting<Transaction>[]): FailureKind | undefined {
    if (!(error instanceof CommitUnknown)) return this.#options.kindOf(error);
    for (const waiting of group) waiting.unknown = true;
    return "lost";
  }

  /** Commits all of the group's operations but those that refuse; throws where nothing is kept. */
  async #commit(group: readonly Waiting<Transaction>[]): Promise<void> {
    const { transact, settle } = this.#options;
    const outcomes = await transact((transaction) => doAll(group, transaction, settle));
    for (const [index, waiting] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if ("refusal" in outcome) waiting.reject(outcome.refusal);
      else waiting.resolve(outcome.result);
    }
  }
}

interface Outage {
  readonly error: unknown;
}

/** Does the operations of a group, and ends when the last has ended, also where one has failed. */
async function doAll<Transaction>(
  group: readonly Waiting<Transaction>[],
  transaction: Transaction,
  settle: WriterOptions<Transaction>["settle"],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const bySubject = new Map<string, Promise<void>>();
  /** The last operation that was done by itself. */
  let alone: Promise<void> | undefined;
  let failure: Outage | undefined;
  const doOne = async (index: number, before: Promise<unknown> | undefined): Promise<void> => {
    await before;
    const waiting = group[index];
    if (waiting === undefined || failure !== undefined) return;
    try {
      if (before !== undefined) await settle?.(transaction);
      outcomes[index] = await outcomeOf(waiting, transaction);
    } catch (error) {
      // The first is the cause: in a transaction that has failed, databases refuse the rest.
      failure ??= { error };
    }
  };
  for (const [index, { operation }] of group.entries()) {
    const { subject } = operation;
    if (subject === undefined) {
      alone = doOne(index, Promise.all(bySubject.values()));
      bySubject.clear();
      await alone;
    } else {
      bySubject.set(subject, doOne(index, bySubject.get(subject) ?? alone));
    }
  }
  await Promise.all(bySubject.values());
  if (failure !== undefined) throw failure.error;
  return outcomes;
}

async function outcomeOf<Transaction>(
  { operation, unknown }: Waiting<Transaction>,
  transaction: Transaction,
): Promise<Outcome> {
  try {
    const recalled = unknown ? await operation.recall?.(transaction) : undefined;
    return { result: recalled === undefined ? await operation.run(transaction) : recalled.result };
  } catch (error) {
    if (!isTurnkeepError(error)) throw error;
    return { refusal: error };
  }
}

/** Rejects those that have waited long enough; the answer is the others. */
function giveUpOverdue<Transaction>(
  group: readonly Waiting<Transaction>[],
  error: unknown,
): readonly Waiting<Transaction>[] {
  const now = performance.now();
  for (const { deadline, reject } of group) {
    if (deadline <= now) reject(error instanceof CommitUnknown ? error.cause : error);
  }
  return group.filter(({ deadline }) => deadline > now);
}

/** Longer from attempt to attempt, and by chance, so that two do not meet again and again. */
function pause(attempt: number, longest: number): number {
  return Math.random() * Math.min(longest, 2 ** attempt);
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
