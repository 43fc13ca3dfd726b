import type { Hono } from "hono";
import type { Runnable } from "../component/component.ts";
import { describe, TurnkeepError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type MessageDelta, MessageStream } from "../message/message-stream.ts";
import { isMessage, type Message } from "../message/message.ts";
import { toPieces } from "../message/message-pieces.ts";
import type { Model } from "../models/model.ts";
import type { OpenRuntime, ProtocolHost } from "../protocols/protocol.ts";
import { toLoggable } from "../run/failure.ts";
import type { Run } from "../run/run.ts";
import { RunEngine } from "../run/run-engine.ts";
import { beginServing } from "../run/scope.ts";
import { requireId } from "../session/ids.ts";
import { maxIdLength, maxUserIdLength, type SessionStore } from "../session/session-store.ts";
import type { Concurrency } from "../session/turn-store.ts";
import type { DatabaseConfig } from "../sql/database-config.ts";
import { createApp, type Front } from "./app.ts";
import { explain } from "./explain.ts";
import { identify, type IdentityOptions } from "./identify.ts";
import { createLogger } from "./logger.ts";
import { defaultAttachments } from "./page/page-options.ts";
import { isStore, requireSessionConfig } from "./session-config.ts";
import { listen, type ListenOptions, type RunningServer } from "./node-server.ts";

/** The largest body of a request in bytes, where nothing else is said. */
export const defaultBodyLimit: number = 4 * 1024 * 1024;
/** The largest JSON of a message in bytes, where nothing else is said. */
export const defaultMessageLimit: number = 16 * 1024 * 1024;

/** How an {@link HttpRuntime} is made. */
export interface HttpRuntimeOptions extends IdentityOptions {
  /** What answers: a component, or any object with a `run`. */
  readonly component: Runnable;
  /**
   * Where sessions are kept: a database URL, or `{ url, ...options }` (opened on the first use and
   * closed with the runtime), or an open store, which the caller closes.
   * `sqlite:///user_session.db` by default.
   */
  readonly userSessionConfig?: string | DatabaseConfig | SessionStore;
  /**
   * Whether each request must bring its caller's own AppBuilder token, as the header
   * `X-Appbuilder-Token` or `X-Appbuilder-Authorization`; false by default.
   */
  readonly lazyCertification?: boolean;
  /** The model that answers in place of every one that the component names by a reference. */
  readonly model?: Model;
  /** The largest request body in bytes, 4 MiB by default. */
  readonly bodyLimit?: number;
  /** The largest JSON of a message that is stored, in bytes, 16 MiB by default. */
  readonly messageLimit?: number;
  /** How long a run may take, in milliseconds, 10 minutes by default. */
  readonly runTimeout?: number;
  /** What is done with a turn whose session is busy: `queue` by default. */
  readonly concurrency?: Concurrency;
  /** How many turns of a session may wait, 100 by default; one more is refused with 503. */
  readonly queueLimit?: number;
  /** How many runs this process makes at once, those that wait included, 10,000 by default. */
  readonly runLimit?: number;
  /** What a client that leaves does to its run: nothing (`continue`), by default, or `stop` it. */
  readonly onDisconnect?: "continue" | "stop";
  /**
   * How long this process holds its turns without a sign of life, in milliseconds, 15 seconds by
   * default; then others see them as interrupted.
   */
  readonly claimTime?: number;
  /** How often what runs have said so far is written, in milliseconds, 250 by default. */
  readonly chunkInterval?: number;
  /** How long idempotency keys are kept after their turn, in milliseconds, 24 hours by default. */
  readonly idempotencyTime?: number;
  /** How long closing waits for runs to end, in milliseconds, 10 seconds by default. */
  readonly shutdownGrace?: number;
  /** Where it logs; JSON lines on standard error, from level `info`, by default. */
  readonly logger?: Logger;
}

/** How {@link HttpRuntime.chat} runs a turn. */
export interface ChatOptions {
  /** Whether the answer is wanted piece by piece; false by default. */
  readonly stream?: boolean | undefined;
  /** By default a new UUID: a new session. */
  readonly sessionId?: string | undefined;
  /** By default a new UUID. */
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
  /** See `Idempotency-Key`: a request with a known key gets the answer of the first. */
  readonly idempotencyKey?: string | undefined;
  /** Further arguments of the component's `run`: JSON. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** What {@link HttpRuntime.chat} answers. */
export interface ChatAnswer<Answer> {
  readonly sessionId: string;
  readonly requestId: string;
  /** The answer. Where it is a stream, its end comes when the turn is stored. */
  readonly answer: Answer;
}

/**
 * Serves a component as an HTTP API, and keeps every turn of its sessions in a database.
 *
 * `fetch` answers web-standard requests (to mount it in Hono, Next.js and others), `serve` listens
 * on a port, `chat` runs a turn within the program. Whoever makes a runtime closes it (`close`, or
 * `await using`).
 */
export class HttpRuntime implements AsyncDisposable {
  readonly #options: HttpRuntimeOptions;
  readonly #logger: Logger;
  readonly #endServing: () => void;
  #opened: Promise<OpenRuntime> | undefined;
  #ownStore: SessionStore | undefined;
  #app: Promise<Hono> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @throws TurnkeepError `component_invalid` where the component has no `run`;
   * `invalid_argument` for a limit that is not a whole number from 1, and for sessions that are kept
   * nowhere.
   */
  constructor(options: HttpRuntimeOptions) {
    const { component, bodyLimit, messageLimit, runTimeout, runLimit, claimTime } = options;
    const { shutdownGrace, queueLimit, chunkInterval, idempotencyTime } = options;
    requireRunnable(component);
    requireSessionConfig(options.userSessionConfig);
    requireLimits(
      { bodyLimit, messageLimit, runTimeout, runLimit, claimTime, chunkInterval, idempotencyTime },
      1,
    );
    requireLimits({ shutdownGrace, queueLimit }, 0);
    this.#options = options;
    this.#logger = options.logger ?? createLogger();
    this.#endServing = beginServing();
  }

  /**
   * Opens the store, where that has not been done: errors of the database show here rather than
   * at the first request.
   * @throws TurnkeepError of the database or its URL.
   */
  async open(): Promise<void> {
    await this.front?.load();
    await this.#open();
  }

  /** Answers one HTTP request. Bound: may be passed along as a function. */
  readonly fetch = async (request: Request): Promise<Response> => {
    return (await this.#createApp()).fetch(request);
  };

  /**
   * Runs one turn, as a request for it would.
   * @throws TurnkeepError `invalid_request` for ids that are too long or hold control characters,
   * before the component runs; what ended the run.
   */
  chat(
    message: Message,
    options: ChatOptions & { readonly stream: true },
  ): Promise<ChatAnswer<MessageStream>>;
  chat(
    message: Message,
    options?: ChatOptions & { readonly stream?: false | undefined },
  ): Promise<ChatAnswer<Message>>;
  chat(message: Message, options?: ChatOptions): Promise<ChatAnswer<Message | MessageStream>>;
  async chat(
    message: Message,
    options: ChatOptions = {},
  ): Promise<ChatAnswer<Message | MessageStream>> {
    if (!isMessage(message)) {
      throw new TurnkeepError(
        "invalid_request",
        `chat takes a Message, but was given ${describe(message)}. Wrap it: new Message(value).`,
      );
    }
    requireId("sessionId", options.sessionId, maxIdLength);
    requireId("requestId", options.requestId, maxIdLength);
    requireId("userId", options.userId, maxUserIdLength);
    const { engine } = await this.#open();
    const run = await engine.start({ ...options, message });
    const { sessionId, requestId } = run;
    const answer = options.stream === true ? await toMessageStream(run) : await run.message();
    return { sessionId, requestId, answer };
  }

  /**
   * Opens the store and listens, on 127.0.0.1:8091 by default. Closing the server closes the
   * runtime.
   * @throws TurnkeepError of the database; `invalid_argument` where the port is taken or not one.
   */
  async serve(options: ListenOptions = {}): Promise<RunningServer> {
    await this.open();
    return listen(this.fetch, options, () => this.close());
  }

  /**
   * Closes the runtime: lets the runs end within `shutdownGrace`, aborts those left, and closes
   * the store that it opened. Requests that come later are answered with 503.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it serves to people, beside its protocols: nothing. */
  protected get front(): Front | undefined {
    return undefined;
  }

  #createApp(): Promise<Hono> {
    this.#app ??= createApp(this.#host(), this.#logger, this.front).catch((error: unknown) => {
      this.#app = undefined;
      throw error;
    });
    return this.#app;
  }

  async #close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.engine.drain(this.#options.shutdownGrace ?? 10_000);
    await this.#ownStore?.[Symbol.asyncDispose]();
    this.#endServing();
  }

  #host(): ProtocolHost {
    const { bodyLimit = defaultBodyLimit, lazyCertification = false, onDisconnect } = this.#options;
    return {
      bodyLimit,
      attachments: this.front?.attachments ?? defaultAttachments,
      lazyCertification,
      open: () => this.#open(),
      identify: (request, claimed) => this.#identify(request, claimed),
      explain: (request, error) => explain(this.#logger, request, error),
      onLeave: onDisconnect === "stop" ? (run, userId) => void this.#stop(run, userId) : undefined,
    };
  }

  async #identify(request: Request, claimed: string | undefined): Promise<string | undefined> {
    const { authenticate, trustUserHeader } = this.#options;
    const isTold = authenticate !== undefined || trustUserHeader === true;
    if (this.front === undefined || isTold) return identify(this.#options, request, claimed);
    return this.front.identify(request, () => this.#open());
  }

  async #stop({ requestId }: Run, userId: string | undefined): Promise<void> {
    try {
      const { engine } = await this.#open();
      await engine.stop(requestId, userId);
    } catch (error) {
      const facts = { requestId, error: toLoggable(error, []) };
      this.#logger.warn(facts, "the run of a client that left could not be stopped");
    }
  }

  async #open(): Promise<OpenRuntime> {
    if (this.#closing !== undefined) {
      throw new TurnkeepError(
        "run_aborted",
        "The server is shutting down: send the message again.",
      );
    }
    // A failure is not kept: the database may be there at the next request.
    this.#opened ??= this.#openAll().catch((error: unknown) => {
      this.#opened = undefined;
      this.#logger.error({ error: toLoggable(error, []) }, "the session store cannot be opened");
      throw error;
    });
    return this.#opened;
  }

  async #openAll(): Promise<OpenRuntime> {
    const { component, model, userSessionConfig = "sqlite:///user_session.db" } = this.#options;
    let store: SessionStore;
    if (isStore(userSessionConfig)) {
      store = userSessionConfig;
    } else {
      // Loaded on first use: a program that brings its own store needs none of it.
      const { openSqlStore } = await import("../sql/sql-store.ts");
      store = await openSqlStore(userSessionConfig, {
        warn: (facts, message) => this.#logger.warn(facts, message),
      });
      this.#ownStore = store;
    }
    const engine = new RunEngine({
      component,
      store,
      model,
      logger: this.#logger,
      callerCredentialsOnly: this.#options.lazyCertification ?? false,
      runTimeout: this.#options.runTimeout ?? 600_000,
      messageLimit: this.#options.messageLimit ?? defaultMessageLimit,
      concurrency: this.#options.concurrency ?? "queue",
      queueLimit: this.#options.queueLimit ?? 100,
      runLimit: this.#options.runLimit ?? 10_000,
      claimTime: this.#options.claimTime ?? 15_000,
      chunkInterval: this.#options.chunkInterval ?? 250,
      idempotencyTime: this.#options.idempotencyTime ?? 86_400_000,
    });
    return { engine, store };
  }
}

async function toMessageStream(run: Run): Promise<MessageStream> {
  const events = run.events();
  const first = await events.next();
  if (first.done === true || first.value.type === "run-error") {
    const message = await run.message();
    toText(message.content);
    return MessageStream.from(toPieces(message as Message<string>), message);
  }
  const { id, name } = first.value.type === "delta" ? first.value : first.value.message;
  async function* deltas(): AsyncGenerator<MessageDelta> {
    for (let step = first; step.done !== true; step = await events.next()) {
      const event = step.value;
      if (event.type === "run-error") await run.message();
      if (event.type !== "delta") continue;
      const { content, fields, part } = event;
      yield { content: toText(content), fields, ...(part && { part }) };
    }
  }
  return MessageStream.from(deltas(), { id, name });
}

function toText(content: unknown): string {
  if (typeof content === "string") return content;
  throw new TurnkeepError(
    "result_invalid",
    `The component answered ${describe(content)}, which has no pieces of text: ask without stream.`,
  );
}

function requireRunnable(component: unknown): void {
  if (
    typeof component !== "object" ||
    component === null ||
    !("run" in component) ||
    typeof component.run !== "function"
  ) {
    const hint =
      typeof component === "function" ? " Make an instance of the class: new MyComponent()." : "";
    throw new TurnkeepError(
      "component_invalid",
      `A component must have a method run(message, { stream }), but ${describe(component)} has none.${hint}`,
    );
  }
}

function requireLimits(limits: Readonly<Record<string, number | undefined>>, least: number): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < least)) {
      throw new TurnkeepError(
        "invalid_argument",
        `The option ${name} must be a whole number from ${least}, but it is ${describe(limit)}.`,
      );
    }
  }
}
