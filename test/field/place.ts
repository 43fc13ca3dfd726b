import {
  defineComponent,
  HttpRuntime,
  type HttpRuntimeOptions,
  type Message,
  type MessageStream,
  openSqlStore,
  type SessionStore,
  type SqlStoreOptions,
} from "turnkeep";
import { Kysely } from "kysely";
import { vi } from "vitest";
import type { TestDatabase } from "../../src/sql/database-fixture.ts";
import { openDatabase } from "../../src/sql/find-database.ts";
import { inOneForm } from "../../src/sql/message-rows.ts";
import { messagesTable, type Tables, turnsTable } from "../../src/sql/tables.ts";
import { chosenDatabase } from "../databases/chosen.ts";
import {
  chatRequest,
  inProcess,
  type PlainRequest,
  type PlainResponse,
} from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { controlledComponent } from "../protocols/replicas.ts";

export { counting } from "./counting.ts";

/** A row of the table of messages. */
export interface StoredMessage {
  readonly requestId: string;
  readonly key: string;
  readonly content: unknown;
  readonly time: string;
}

/** A runtime on a place. */
export interface Service {
  readonly runtime: HttpRuntime;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** POST /chat. */
  readonly chat: (
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<PlainResponse>;
  /** Any other request. */
  readonly ask: (
    method: string,
    path: string,
    options?: Pick<PlainRequest, "headers"> & { readonly json?: unknown },
  ) => Promise<PlainResponse>;
}

/** A database of its own. Disposing of it closes all that was opened on it. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  readonly database: TestDatabase;
  serve(component: HttpRuntimeOptions["component"], options?: Partial<HttpRuntimeOptions>): Service;
  openStore(options?: SqlStoreOptions): Promise<SessionStore>;
  /** What the table of messages has of a session, in order. */
  messages(sessionId: string): Promise<StoredMessage[]>;
  /** How many turns there are in a state. */
  count(state: string): Promise<number>;
  /** Works on the tables on connections of its own. */
  within<Result>(work: (kysely: Kysely<Tables>) => Promise<Result>): Promise<Result>;
}

/** Makes a place. */
export async function openPlace(): Promise<Place> {
  const fixture = await chosenDatabase();
  const database = await fixture.createDatabase();
  const { url } = database;
  const runtimes: HttpRuntime[] = [];
  const stores: SessionStore[] = [];
  const within = async <Result>(
    work: (kysely: Kysely<Tables>) => Promise<Result>,
  ): Promise<Result> => {
    await using open = await openDatabase(url);
    return await work(new Kysely<Tables>({ dialect: open.writes }));
  };
  return {
    url,
    database,
    within,
    serve(component, options = {}) {
      const logger = recordingLogger();
      const runtime = new HttpRuntime({
        component,
        userSessionConfig: url,
        trustUserHeader: true,
        shutdownGrace: 0,
        logger,
        ...options,
      });
      runtimes.push(runtime);
      const send = inProcess(runtime.fetch);
      return {
        runtime,
        logger,
        chat: (body, headers) => send(chatRequest(body, headers)),
        ask: (method, address, { headers = {}, json } = {}) =>
          send({
            method,
            path: address,
            headers: {
              ...(json === undefined ? {} : { "Content-Type": "application/json" }),
              ...headers,
            },
            ...(json === undefined ? {} : { body: JSON.stringify(json) }),
          }),
      };
    },
    async openStore(options) {
      const store = await openSqlStore(url, options);
      stores.push(store);
      return store;
    },
    messages: (sessionId) =>
      within(async (kysely) => {
        const rows = await kysely
          .selectFrom(messagesTable)
          .select(["request_id", "message_key", "message_value", "updated_at"])
          .where("session_id", "=", sessionId)
          .where("deleted", "=", false)
          .orderBy("updated_at")
          .orderBy("id")
          .execute();
        return rows.map((row) => ({
          requestId: row.request_id,
          key: row.message_key,
          content: (JSON.parse(row.message_value) as { content: unknown }).content,
          time: inOneForm(row.updated_at),
        }));
      }),
    count: (state) =>
      within(async (kysely) => {
        const rows = await kysely
          .selectFrom(turnsTable)
          .select("request_id")
          .where("state", "=", state)
          .execute();
        return rows.length;
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The content of a whole answer. */
export function contentOf(response: PlainResponse): unknown {
  const { result } = response.json() as {
    result: { answer_message: { content: unknown } } | null;
  };
  return result?.answer_message.content;
}

/** The result of an answer that is no message. */
export function resultOf(response: PlainResponse): Record<string, unknown> {
  return (response.json() as { result: Record<string, unknown> }).result;
}

/** 0, 1, 2 and so on, so many. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The headers of a user's request. */
export function as(user: string): Record<string, string> {
  return { "X-Appbuilder-User-Id": user };
}

/** Does the work again and again until it no longer throws, for 25 seconds at the most. */
export function eventually<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  return vi.waitFor(work, { timeout: 25_000, interval: 20 });
}

/** All items of a list that is answered in pages, and how long each page took in milliseconds. */
export async function pagesOf(
  { ask }: Service,
  path: string,
  list: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly items: unknown[]; readonly times: number[] }> {
  const items: unknown[] = [];
  const times: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const begin = performance.now();
    const mark = cursor === undefined ? "" : `&cursor=${cursor}`;
    const page = resultOf(await ask("GET", `${path}${mark}`, { headers }));
    times.push(performance.now() - begin);
    items.push(...(page[list] as unknown[]));
    cursor = page["next_cursor"] as string | null;
  }
  return { items, times };
}

/** Answers each message with what the source of that name gives, until its run is aborted. */
export function controlled(): Pick<ReturnType<typeof controlledComponent>, "component" | "source"> {
  const { component, source } = controlledComponent();
  return {
    source,
    component: defineComponent<string>({
      run: async (message, options) => {
        const { signal } = options;
        signal.addEventListener("abort", () => source(message.content).fail(signal.reason));
        return component.run(message as Message<never>, options) as Promise<MessageStream>;
      },
    }),
  };
}
