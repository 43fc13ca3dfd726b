// A server whose answers are made to measure: node field-server.ts <database URL> <options as JSON>.
// A request's arguments say how its answer is said; the message "memory" is answered with the
// process's memory. Ends on SIGTERM.
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  HttpRuntime,
  type HttpRuntimeOptions,
  Message,
  MessageStream,
  UserSession,
} from "turnkeep";
import { collectGarbage } from "../helpers/garbage.ts";

/** How an answer is said. */
export interface Manner {
  /** How many pieces it has. */
  readonly pieces: number;
  /** The milliseconds from one piece to the next; 0 for as fast as it goes. */
  readonly pause: number;
  /** How many characters a piece has. */
  readonly size: number;
}

const [userSessionConfig = "", options = "{}"] = process.argv.slice(2);

/** Each piece tells its number and when it was due, in milliseconds since 1970. */
async function* say({ pieces, pause, size }: Manner): AsyncGenerator<string> {
  const begin = performance.timeOrigin + performance.now();
  for (let piece = 0; piece < pieces; piece += 1) {
    const due = begin + piece * pause;
    const wait = due - performance.timeOrigin - performance.now();
    if (wait > 0) await sleep(wait);
    else if (piece % 64 === 0) await setImmediate();
    yield `${piece}:${due.toFixed(1)}`.padEnd(size - 1, ".") + " ";
  }
}

const component = defineComponent<string, unknown>({
  run: async (message, manner) => {
    if (message.content === "memory") {
      await collectGarbage();
      const { rss, heapUsed, external } = process.memoryUsage();
      return new Message({ rss, used: heapUsed + external });
    }
    const answer = MessageStream.from(say(manner as unknown as Manner));
    await new UserSession().append({ query: message, answer });
    return answer;
  },
});

const runtime = new HttpRuntime({
  component,
  userSessionConfig,
  ...(JSON.parse(options) as Partial<HttpRuntimeOptions>),
});
const server = await runtime.serve({ port: 0 });
process.stdout.write(`  URL  ${server.url}\n`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
