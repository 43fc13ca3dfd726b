import {
  defineComponent,
  HttpRuntime,
  type HttpRuntimeOptions,
  type Message,
  MemoryStore,
  MessageStream,
  type SessionStore,
  UserSession,
} from "turnkeep";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { inProcess, type Send } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** Where the sessions of a test are kept. */
export const places = ["in memory", "in SQLite"] as const;

/** A runtime that shares its sessions with others. */
export interface Replica {
  readonly runtime: HttpRuntime;
  readonly send: Send;
  readonly logger: ReturnType<typeof recordingLogger>;
}

/** Any number of runtimes over the same sessions. Disposing of them closes all. */
export interface Replicas extends AsyncDisposable {
  add(options: Omit<HttpRuntimeOptions, "userSessionConfig">): Replica;
}

/** Makes a place for sessions that is empty. */
export async function openReplicas(place: (typeof places)[number]): Promise<Replicas> {
  const folder = await temporaryFolder();
  const userSessionConfig: SessionStore | string =
    place === "in memory" ? new MemoryStore() : `sqlite:///${folder.path}/sessions.db`;
  const runtimes: HttpRuntime[] = [];
  return {
    add(options) {
      const logger = recordingLogger();
      const runtime = new HttpRuntime({
        shutdownGrace: 0,
        chunkInterval: 5,
        logger,
        ...options,
        userSessionConfig,
      });
      runtimes.push(runtime);
      return { runtime, send: inProcess(runtime.fetch), logger };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Answers each message, a text, with what the source of that name gives. */
export function controlledComponent(): {
  readonly component: HttpRuntimeOptions["component"];
  readonly source: (name: string) => ControlledSource;
  /** How often a message was answered. */
  readonly calls: (name: string) => number;
} {
  const sources = new Map<string, ControlledSource>();
  const calls = new Map<string, number>();
  const source = (name: string): ControlledSource => {
    const made = sources.get(name) ?? new ControlledSource();
    sources.set(name, made);
    return made;
  };
  const component = defineComponent<string>({
    run: async (message: Message<string>) => {
      const name = message.content;
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const answer = MessageStream.from(source(name));
      await new UserSession().append({ query: message, answer });
      return answer;
    },
  });
  return { component, source, calls: (name) => calls.get(name) ?? 0 };
}

/** Answers every text with itself, in pieces of a word, and keeps both. */
export const echo: HttpRuntimeOptions["component"] = defineComponent<string>({
  run: async (message: Message<string>) => {
    const answer = MessageStream.from(message.content.split(/(?<= )/));
    await new UserSession().append({ query: message, answer });
    return answer;
  },
});
