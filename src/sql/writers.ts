import { type Operation, Writer, type WriterOptions } from "./writer.ts";

/** How long a group may take until what comes then goes past it, in milliseconds. */
const latePause = 20;

/** Where the operations about a subject go, and how many of them are not settled. */
interface Course<Transaction> {
  readonly writer: Writer<Transaction>;
  unsettled: number;
}

/**
 * Several writers, of which as few as will do have work: the more operations share a transaction, the
 * less each of them costs. Another one is taken where what would be waited for is late, or is as much as
 * a group has. Operations about one subject keep their order. Those that name none keep it too, and have
 * a writer to themselves: they are about what all of a server has, such as its claims, and must not wait
 * behind a lock of one session.
 */
export class Writers<Transaction> {
  readonly #ofSubjects: readonly Writer<Transaction>[];
  readonly #ofNone: Writer<Transaction>;
  readonly #maxOperations: number;
  readonly #courses = new Map<string, Course<Transaction>>();

  /** @param count how many transactions there are at once at the most. */
  constructor(count: number, options: WriterOptions<Transaction>) {
    this.#ofNone = new Writer(options);
    this.#ofSubjects =
      count > 1 ? Array.from({ length: count - 1 }, () => new Writer(options)) : [this.#ofNone];
    this.#maxOperations = options.maxOperations;
  }

  /** See {@link Writer.write}. */
  async write<Result>(operation: Operation<Transaction, Result>): Promise<Result> {
    const { subject } = operation;
    if (subject === undefined) return this.#ofNone.write(operation);
    const course = this.#courses.get(subject) ?? { writer: this.#nextWriter(), unsettled: 0 };
    this.#courses.set(subject, course);
    course.unsettled += 1;
    try {
      return await course.writer.write(operation);
    } finally {
      course.unsettled -= 1;
      if (course.unsettled === 0) this.#courses.delete(subject);
    }
  }

  /** Fulfilled when nothing is waiting or under way. */
  async idle(): Promise<void> {
    await Promise.all([this.#ofNone, ...this.#ofSubjects].map((writer) => writer.idle()));
  }

  #nextWriter(): Writer<Transaction> {
    const now = performance.now();
    const ready = this.#ofSubjects.find(
      ({ waiting, busySince }) => waiting < this.#maxOperations && now - busySince < latePause,
    );
    return (
      ready ?? this.#ofSubjects.reduce((one, other) => (other.waiting < one.waiting ? other : one))
    );
  }
}
