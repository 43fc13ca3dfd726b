// A server of the page in a process of its own: node page-server.ts <database URL>. Tells its URL, and
// what its component does.
import { setTimeout as sleep } from "node:timers/promises";
import { ChatRuntime, defineComponent, MessageStream, UserSession } from "turnkeep";

const [userSessionConfig = ""] = process.argv.slice(2);

/** Counts, ten times a second, to the number that the question ends with. */
async function* count(question: string, signal: AbortSignal): AsyncGenerator<string> {
  const last = Number(/\d+$/.exec(question)?.[0] ?? 1);
  try {
    for (let number = 1; number <= last; number += 1) {
      yield `${number} `;
      if (number < last) await sleep(100, undefined, { signal });
    }
  } finally {
    const end = signal.aborted ? "stopped" : "ended";
    process.stdout.write(`${end} ${question}\n`);
  }
}

const component = defineComponent<string>({
  async *run(message, { signal }) {
    process.stdout.write(`began ${message.content}\n`);
    const answer = MessageStream.from(count(message.content, signal));
    await new UserSession().append({ query: message, answer });
    yield* answer;
  },
});

const runtime = new ChatRuntime({ component, userSessionConfig, chunkInterval: 50 });
const server = await runtime.serve({ port: 0 });
process.stdout.write(`  URL  ${server.url}\n`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
