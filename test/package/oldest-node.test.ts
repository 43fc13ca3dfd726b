import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { runProcess, startServer } from "../helpers/turnkeep-process.ts";
import { installPacked, type PackedPackage, plainEnvironment } from "./packed-package.ts";

describe("the packed package on the oldest Node it supports", () => {
  let packed: PackedPackage;
  const opened = new AsyncDisposableStack();
  let command: readonly [string, string];

  beforeAll(async () => {
    packed = opened.use(await installPacked({ node: "22.13.1" }));
    command = [
      join(packed.project.path, "node_modules/.bin/node"),
      join(packed.path, "dist/cli/bin.js"),
    ];
    await packed.project.write({
      "component.mjs": `
        import { Playground, Component, UserSession } from "turnkeep";
        export default class extends Component {
          #playground = new Playground({ model: "offline/echo" });
          async run(message, { stream }) {
            const session = new UserSession();
            const earlier = await session.getHistory("query");
            const answer = await this.#playground.run(message, { stream });
            await session.append({ query: message, answer });
            return answer;
          }
        }`,
      "component.ts": "export default {};",
    });
  }, 180_000);
  afterAll(() => opened.disposeAsync());

  test("serves, streams and remembers", async () => {
    const options = { cwd: packed.project.path, env: plainEnvironment(), command };
    await using server = await startServer(["serve", "component.mjs"], options);
    const send = throughSocket(server.url);
    const whole = await send(chatRequest({ message: "one", session_id: "s" }));
    expect(whole.json()).toMatchObject({ code: 0 });
    const streamed = await send(chatRequest({ message: "two", session_id: "s", stream: true }));
    expect(streamed.events().at(-1)).toMatchObject({ result: { is_completion: true } });
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  test("says that it runs no TypeScript", async () => {
    const options = { cwd: packed.project.path, env: plainEnvironment(), command };
    const { code, stderr } = await runProcess(["serve", "component.ts"], options);
    expect(stderr).toContain(
      "error: component.ts cannot be loaded: Node v22.13.1 does not run TypeScript. Use Node 22.18 or later",
    );
    expect(code).toBe(2);
  });
});
