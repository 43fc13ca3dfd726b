import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { consumerFolder } from "../helpers/temporary-folder.ts";
import { runProcess, type ServerProcess, startServer } from "../helpers/turnkeep-process.ts";

/** Says when it begins, answers after the time that the request asks for, and fails for `fail`. */
const slow = `
import { setTimeout } from "node:timers/promises";
import { Component, Message, UserSession } from "turnkeep";
export default class Slow extends Component {
  async run(message, { delay = 0 }) {
    console.error("begun: " + message.content);
    if (message.content === "fail") throw new Error("the component's own words");
    await setTimeout(delay);
    await new UserSession().append({ query: message });
    return new Message("done");
  }
}`;

const untilBegun = (server: ServerProcess, message: string) =>
  vi.waitFor(() => expect(server.stderr()).toContain(`begun: ${message}\n`), 10_000);

const json = { "Content-Type": "application/json" };

describe.concurrent("turnkeep", () => {
  test("prints its help, with the exit codes, and its version", async () => {
    const cwd = ".";
    const help = await runProcess(["--help"], { cwd });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(/^Usage: turnkeep /);
    expect(help.stdout).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /);
    expect(await runProcess(["--version"], { cwd })).toEqual({
      code: 0,
      stdout: "0.1.0\n",
      stderr: "",
    });
    const serve = await runProcess(["serve", "--help"], { cwd });
    expect(serve).toMatchObject({ code: 0, stderr: "" });
    expect(serve.stdout).toContain("Exit codes:");
    for (const option of [
      "--chat",
      "--database",
      "--host",
      "--port",
      "--model",
      "--lazy-certification",
      "--run-timeout",
      "--shutdown-grace",
    ]) {
      expect(serve.stdout).toContain(`  ${option} `);
    }
  });

  test.each([
    [[], "Usage: turnkeep "],
    [["dance"], "error: unknown command 'dance'"],
    [["--dance"], "error: unknown option '--dance'"],
    [["serve"], "error: missing required argument 'component file'"],
    [["serve", "a.ts", "--dance"], "error: unknown option '--dance'"],
    [["serve", "a.ts", "b.ts"], "error: too many arguments for 'serve'"],
    [["serve", "a.ts", "--port"], "error: option '--port <port>' argument missing"],
    ...["", "-1", "65536", "0x10"].map((port): [string[], string] => [
      ["serve", "a.ts", `--port=${port}`],
      "A port is a whole number from 0 to 65535.",
    ]),
    ...["0", "soon"].map((time): [string[], string] => [
      ["serve", "a.ts", `--run-timeout=${time}`],
      "It is a whole number of seconds, from 1 to 86400.",
    ]),
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await runProcess(args, { cwd: "." });
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe.concurrent("turnkeep serve", () => {
  test("tells what runs where, and keeps the turns of the commands that it prints", async () => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    await using server = await startServer(["serve", "slow.mjs"], { cwd: folder.path });
    expect(server.stdout()).toBe(`turnkeep serves slow.mjs

  URL       ${server.url}
  Database  sqlite:///user_session.db
  Model     as the component says
  Stop      Ctrl+C, or: kill ${server.pid}

Try a turn, and then one that is streamed in the same session:

curl ${server.url}/chat -H 'Content-Type: application/json' \\
  -d '{"message":"海淀区的面积是多少","session_id":"demo"}'

curl -N ${server.url}/chat -H 'Content-Type: application/json' \\
  -d '{"message":"那朝阳区呢","session_id":"demo","stream":true}'
`);
    expect(existsSync(join(folder.path, "user_session.db"))).toBe(true);
  });

  test("logs to standard error, in JSON, and says nothing more on standard output", async () => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    await using server = await startServer(["serve", "slow.mjs"], { cwd: folder.path });
    const greeting = server.stdout();
    const headers = { "X-Appbuilder-Request-Id": "request-1" };
    const response = await throughSocket(server.url)(chatRequest({ message: "fail" }, headers));
    expect(response.status).toBe(500);
    expect(server.stdout()).toBe(greeting);
    const entry = server
      .stderr()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ requestId }) => requestId === "request-1");
    expect(entry).toMatchObject({ error: { message: "the component's own words" } });
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "ends with code 0 at %s, once the run under way has ended",
    async (signal) => {
      await using folder = await consumerFolder({ "slow.mjs": slow });
      await using server = await startServer(["serve", "slow.mjs"], { cwd: folder.path });
      const send = throughSocket(server.url);
      const response = send(chatRequest({ message: "late", session_id: "s", delay: 1000 }));
      await untilBegun(server, "late");
      server.signal(signal);
      // Ctrl+C under npm comes twice: at once, and that is not a second wish.
      server.signal(signal);
      expect((await response).json()).toMatchObject({
        result: { answer_message: { content: "done" } },
      });
      const { code, stdout } = await server.ended;
      expect(stdout).toContain(`${signal}: stopping when the runs under way have ended.`);
      expect(code).toBe(0);
    },
  );

  test("ends at once at a second signal", async () => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    await using server = await startServer(["serve", "slow.mjs"], { cwd: folder.path });
    const broken = fetch(`${server.url}/chat`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ message: "late", delay: 60_000 }),
    }).catch((error: unknown) => error);
    await untilBegun(server, "late");
    server.signal("SIGINT");
    await vi.waitFor(() => expect(server.stdout()).toContain("SIGINT: stopping"), 5000);
    await setTimeout(700);
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(143);
    expect(await broken).toBeInstanceOf(TypeError);
  });

  test("ends runs that outlast the grace, and those that outlast the time for a run", async () => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    await using server = await startServer(
      ["serve", "slow.mjs", "--shutdown-grace", "1", "--run-timeout", "2"],
      { cwd: folder.path },
    );
    const send = throughSocket(server.url);
    expect((await send(chatRequest({ message: "long", delay: 20_000 }))).status).toBe(504);
    const response = send(chatRequest({ message: "late", delay: 20_000 }));
    await untilBegun(server, "late");
    server.signal("SIGTERM");
    expect((await response).status).toBe(503);
    expect((await server.ended).code).toBe(0);
  });

  test("says that a port is taken", async () => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    try {
      expect(
        await runProcess(["serve", "slow.mjs", "--port", String(port)], { cwd: folder.path }),
      ).toMatchObject({
        code: 1,
        stdout: "",
        stderr: `error: Cannot listen on 127.0.0.1, port ${port}: the port is taken. Choose another, or end what uses it.\n`,
      });
    } finally {
      other.close();
    }
  });

  test.each([
    ["sqlite:////no/such/folder/a.db", 1],
    ["nothing://user:geheim@127.0.0.1/a", 2],
    ["sqlite://user:geheim@127.0.0.1/a", 2],
    ["user_session.db", 2],
  ])("says what is wrong with the database %s, before it listens", async (database, exitCode) => {
    await using folder = await consumerFolder({ "slow.mjs": slow });
    const { code, stdout, stderr } = await runProcess(
      ["serve", "slow.mjs", "--database", database],
      { cwd: folder.path },
    );
    expect(stderr).toMatch(/^error: The .*\n$/);
    expect(stderr).not.toContain("geheim");
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
  });

  test.each([
    ["nonsense", 2, 'A model reference has the form "<provider>/<model>"'],
    ["nobody/model", 2, 'There is no model provider "nobody"'],
    ["offline/nothing", 2, "There is no model offline/nothing"],
    ["appbuilder/ERNIE-Bot", 1, "needs a credential: set APPBUILDER_TOKEN in the environment"],
  ])(
    "says what is wrong with the model %s, before it listens",
    async (model, exitCode, message) => {
      await using folder = await consumerFolder({ "slow.mjs": slow });
      const { code, stdout, stderr } = await runProcess(["serve", "slow.mjs", "--model", model], {
        cwd: folder.path,
      });
      expect(stderr).toContain(`error: `);
      expect(stderr).toContain(message);
      expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    },
  );

  test("puts a model in place of the component's own, and takes callers' tokens", async () => {
    await using folder = await consumerFolder({
      "ask.ts": `
        import { Playground } from "turnkeep";
        export default new Playground({ model: "appbuilder/ERNIE-Bot" });`,
    });
    await using echo = await startServer(["serve", "ask.ts", "--model", "offline/echo"], {
      cwd: folder.path,
    });
    expect(echo.stdout()).toContain("\n  Model     offline/echo\n");
    const answer = await throughSocket(echo.url)(chatRequest({ message: "你好" }));
    expect(answer.json()).toMatchObject({
      result: { answer_message: { content: "【离线替身，未调用任何模型】收到的问题是：「你好」" } },
    });

    await using lazy = await startServer(
      ["serve", "ask.ts", "--lazy-certification", "--model", "appbuilder/ERNIE-Bot"],
      { cwd: folder.path },
    );
    expect(lazy.stdout()).toContain("-H 'X-Appbuilder-Authorization: Bearer <your token>'");
    const refused = await throughSocket(lazy.url)(chatRequest({ message: "你好" }));
    expect(refused.status).toBe(401);
  });
});
