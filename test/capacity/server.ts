// A server to be measured: node server.ts <database URL>. Tells its URL.
import { defineComponent, HttpRuntime, MessageStream, UserSession } from "turnkeep";

const [userSessionConfig = ""] = process.argv.slice(2);
const piece = "The answer goes on for 30 bytes";

async function* pieces(): AsyncGenerator<string> {
  for (let index = 0; index < 8; index += 1) yield piece;
}

const component = defineComponent<string>({
  run: async function* run(message) {
    const session = new UserSession();
    await session.getHistory("query", { limit: 1 });
    await session.getHistory("answer", { limit: 1 });
    const answer = MessageStream.from(pieces());
    await session.append({ query: message, answer });
    yield* answer;
  },
});

const server = await new HttpRuntime({ component, userSessionConfig }).serve({ port: 0 });
process.stdout.write(`  URL  ${server.url}\n`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
