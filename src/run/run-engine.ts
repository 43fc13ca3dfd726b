import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TurnkeepError } from "../errors.ts";
import type { JSONValue } from "../json.ts";
import { toPart } from "../session/turn-part.ts";
import { runNotFound } from "../session/turn-refusals.ts";
import type { Concurrency, NewTurn, TurnRecord } from "../session/turn-store.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { ClaimKeeper } from "./claim-keeper.ts";
import { Execution, type ExecutionOptions } from "./execution.ts";
import { toLoggable } from "./failure.ts";
import { Follower, replay } from "./follow.ts";
import { toIdempotency } from "./idempotency.ts";
import { RunQueue } from "./run-queue.ts";
import { Run } from "./run.ts";
import type { RunRequest } from "./run-request.ts";

/** How a {@link RunEngine} is made. */
export interface RunEngineOptions extends Omit<ExecutionOptions, "replica"> {
  /** What is done with a turn whose session is busy. */
  readonly concurrency: Concurrency;
  /** How many turns of a session may wait. */
  readonly queueLimit: number;
  /** How many runs may be live in this process, those that wait included. */
  readonly runLimit: number;
  /** How long a claim on a turn holds without being renewed, in milliseconds. */
  readonly claimTime: number;
  /** How often what runs have said is written, in milliseconds. */
  readonly chunkInterval: number;
  /** How long idempotency keys are kept after their turn's end, in milliseconds. */
  readonly idempotencyTime: number;
}

interface LiveRun {
  readonly run: Run;
  readonly execution: Execution;
  /** Since when this replica holds it. */
  readonly since: number;
  readonly done: Promise<void>;
}

/** How often a run is asked about that should stop, in milliseconds. */
const stopInterval = 250;

/**
 * Runs a component, each run on its own and one of a session at a time, and keeps every turn. A
 * run belongs to the engine, not to whoever reads it; any engine on the same store finds it.
 */
export class RunEngine {
  readonly #options: RunEngineOptions;
  readonly #replica = randomUUID();
  readonly #live = new Map<string, LiveRun>();
  readonly #beginning = new Set<NewTurn>();
  readonly #claims: ClaimKeeper;
  readonly #chunks: ChunkWriter;
  readonly #queue: RunQueue;
  readonly #follower: Follower;
  readonly #upkeep: NodeJS.Timeout;
  /** Why no run goes on any more, once the time to end has passed. */
  #shutDown: TurnkeepError | undefined;

  constructor(options: RunEngineOptions) {
    this.#options = options;
    const { store, logger, claimTime, chunkInterval } = options;
    const replica = this.#replica;
    this.#claims = new ClaimKeeper({
      store,
      logger,
      replica,
      claimTime,
      stopInterval,
      onStop: (requestId) => this.#live.get(requestId)?.execution.stop(),
      onRenewed: (held, asked) => {
        this.#giveUpLost(held, asked);
        void this.#endOrphans(held);
      },
    });
    this.#chunks = new ChunkWriter({ store, logger, replica, interval: chunkInterval });
    this.#queue = new RunQueue({ store, replica, claimTime });
    this.#follower = new Follower({ store, logger });
    this.#upkeep = setInterval(() => void this.#tidy(), claimTime);
    this.#upkeep.unref();
  }

  /**
   * Begins a run, or finds the one that an earlier request with the same idempotency key began. The
   * turn is registered when the promise is fulfilled.
   * @throws TurnkeepError `too_many_runs`, `invalid_request` for an idempotency key that is none,
   * and what `beginTurn` of the store throws.
   */
  async start(request: RunRequest, retryOf?: string): Promise<Run> {
    const { store, runLimit, claimTime, concurrency, queueLimit } = this.#options;
    const idempotency = toIdempotency(request, retryOf);
    if (this.#live.size >= runLimit) {
      throw new TurnkeepError(
        "too_many_runs",
        `This server already makes ${runLimit} answers, the most it may: try again later.`,
      );
    }
    const { sessionId = randomUUID(), requestId = randomUUID(), userId } = request;
    const newTurn: NewTurn = {
      requestId,
      sessionId,
      userId,
      question: request.message,
      arguments: (request.arguments ?? {}) as { readonly [name: string]: JSONValue },
      retryOf,
      versionOf: request.version?.of,
      idempotency,
      replica: this.#replica,
      claimTime,
      concurrency,
      queueLimit,
    };
    this.#beginning.add(newTurn);
    try {
      const { turn, isNew } = await store.beginTurn(newTurn);
      if (!isNew) return this.#view(turn, userId);
      const run = new Run(turn);
      const execution = new Execution({ ...this.#options, replica: this.#replica }, run, {
        ...request,
        isAside: !turn.chosen,
      });
      const done = this.#make(turn, run, execution);
      this.#live.set(requestId, { run, execution, since: performance.now(), done });
      if (this.#shutDown !== undefined) execution.interrupt(this.#shutDown);
      return run;
    } finally {
      this.#beginning.delete(newTurn);
    }
  }

  /** A run, from whichever replica; undefined where the user has none of that id. */
  async find(requestId: string, userId: string | undefined): Promise<Run | undefined> {
    const turn = await this.#options.store.getTurn(requestId, userId);
    return turn === undefined ? undefined : this.#view(turn, userId);
  }

  /**
   * Stops a run, in whichever replica: what it has said is kept. The answer is the run; undefined
   * where the user has none of that id.
   */
  async stop(requestId: string, userId: string | undefined): Promise<Run | undefined> {
    const turn = await this.#options.store.requestStop(requestId, userId);
    if (turn === undefined) return undefined;
    this.#live.get(requestId)?.execution.stop();
    return this.#view(turn, userId);
  }

  /**
   * Runs the question of a failed, stopped or interrupted turn again, as a turn of its own.
   * @throws TurnkeepError `run_not_found`; `run_not_retryable` for a turn in another state; what
   * `start` throws.
   */
  async retry(
    requestId: string,
    request: Pick<RunRequest, "stream" | "userId" | "requestId" | "credentials" | "idempotencyKey">,
  ): Promise<Run> {
    const turn = await this.#options.store.getTurn(requestId, request.userId);
    if (turn === undefined) throw runNotFound(requestId);
    if (!["failed", "stopped", "interrupted"].includes(turn.state)) {
      throw new TurnkeepError(
        "run_not_retryable",
        `The run ${requestId} is ${turn.state}: only a failed, stopped or interrupted one can be run again.`,
      );
    }
    const { question: message, arguments: rest, sessionId } = turn;
    return this.start({ ...request, message, arguments: rest, sessionId }, requestId);
  }

  /**
   * Waits for the runs to end, for so many milliseconds; then interrupts those that are left, which
   * keep what they have said, and waits for that.
   */
  async drain(grace: number): Promise<void> {
    clearInterval(this.#upkeep);
    const timer = setTimeout(() => {
      this.#shutDown = new TurnkeepError(
        "run_interrupted",
        "The server was shut down before the run ended.",
      );
      for (const { execution } of this.#live.values()) execution.interrupt(this.#shutDown);
    }, grace);
    while (this.#live.size > 0 || this.#beginning.size > 0) {
      await Promise.all(Array.from(this.#live.values(), ({ done }) => done));
      // One that was being registered meanwhile is live in a moment.
      if (this.#beginning.size > 0) await sleep(1);
    }
    clearTimeout(timer);
  }

  async #make(turn: TurnRecord, run: Run, execution: Execution): Promise<void> {
    this.#claims.add();
    this.#chunks.add(run);
    try {
      if (turn.state === "queued") await this.#queue.wait(turn, execution.halted);
      await (execution.isHalted ? execution.cancel() : execution.execute());
    } catch (error) {
      await execution.fail(error);
    } finally {
      this.#chunks.remove(run);
      this.#claims.remove();
      this.#live.delete(run.requestId);
      this.#queue.advance(turn.sessionId);
    }
  }

  #view(turn: TurnRecord, userId: string | undefined): Run {
    const live = this.#live.get(turn.requestId);
    if (live !== undefined) return live.run;
    return turn.endedAt === undefined ? this.#follower.follow(turn, userId) : replay(turn);
  }

  #giveUpLost(held: ReadonlySet<string>, asked: number): void {
    for (const [requestId, { execution, since }] of this.#live) {
      if (held.has(requestId) || since >= asked) continue;
      const message = "This server's claim on the run lapsed, so that it cannot store it any more.";
      execution.interrupt(new TurnkeepError("claim_lost", message));
    }
  }

  /**
   * Ends the turns that this replica holds and nobody makes, because the store failed at their
   * begin or their end: renewed with the others, their claims would never lapse.
   */
  async #endOrphans(held: ReadonlySet<string>): Promise<void> {
    const { store, logger } = this.#options;
    const beginning = new Set(Array.from(this.#beginning, ({ requestId }) => requestId));
    for (const requestId of held) {
      if (this.#live.has(requestId) || beginning.has(requestId)) continue;
      try {
        const answer = toPart(await store.getChunks(requestId, 0));
        await store.endTurn({
          requestId,
          replica: this.#replica,
          state: "interrupted",
          messages: [],
          answer,
          error: undefined,
        });
      } catch (error) {
        logger.debug({ requestId, error: toLoggable(error, []) }, "a turn could not be ended");
      }
    }
  }

  async #tidy(): Promise<void> {
    const { store, logger, idempotencyTime } = this.#options;
    try {
      await store.interruptLapsed();
      await store.forgetIdempotencyKeys(idempotencyTime);
    } catch (error) {
      logger.debug({ error: toLoggable(error, []) }, "the store could not be tidied");
    }
  }
}
