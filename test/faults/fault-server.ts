// A server to be killed: node fault-server.ts <database URL> <options as JSON>. Tells its URL.
import { setTimeout as sleep } from "node:timers/promises";
import {
  defineComponent,
  HttpRuntime,
  type HttpRuntimeOptions,
  MessageStream,
  UserSession,
} from "turnkeep";

const [userSessionConfig = "", options = "{}"] = process.argv.slice(2);

async function* pieces(question: string): AsyncGenerator<string> {
  for (let piece = 0; piece < 5; piece += 1) {
    yield `${question}/${piece} `;
    await sleep(Math.random() * 10);
  }
}

const component = defineComponent<string>({
  run: async function* run(message) {
    const answer = MessageStream.from(pieces(message.content));
    await new UserSession().append({ query: message, answer });
    yield* answer;
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
