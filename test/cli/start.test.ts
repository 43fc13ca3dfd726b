import { describe, expect, test } from "vitest";
import { chatRequest, throughSocket } from "../helpers/http-client.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile, runProcess, startServer } from "../helpers/turnkeep-process.ts";

const command = [
  process.execPath,
  "--conditions=turnkeep-source",
  projectFile("examples/start.ts"),
] as const;

describe.concurrent("npm start", () => {
  test.each([
    ["nothing set", {}, [], "offline/echo", "a stand-in answers"],
    ["a key without a model", { OPENAI_API_KEY: "k" }, [], "offline/echo", "a stand-in answers"],
    [
      "AppBuilder's token",
      { APPBUILDER_TOKEN: "t", OPENAI_API_KEY: "k", OPENAI_MODEL: "m" },
      [],
      "as the component says",
      "Qianfan-Agent-Speed-8K and ERNIE-Bot of AppBuilder",
    ],
    [
      "callers' tokens",
      {},
      ["--lazy-certification"],
      "as the component says",
      "Qianfan-Agent-Speed-8K and ERNIE-Bot of AppBuilder",
    ],
    [
      "a server of one's own",
      { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", OPENAI_MODEL: "qwen3:8b" },
      [],
      "openai-compatible/qwen3:8b",
      "OPENAI_MODEL is set: qwen3:8b answers",
    ],
    [
      "a key and a model",
      { OPENAI_API_KEY: "k", OPENAI_MODEL: "m" },
      [],
      "openai-compatible/m",
      "OPENAI_MODEL is set: m answers",
    ],
    [
      "a model as argument",
      { APPBUILDER_TOKEN: "t" },
      ["--model", "offline/echo"],
      "offline/echo",
      "turnkeep serves",
    ],
    ["a model as one argument", {}, ["--model=offline/echo"], "offline/echo", "turnkeep serves"],
  ])("with %s", async (_case, env, args, model, said) => {
    await using folder = await temporaryFolder();
    await using server = await startServer(args, { cwd: folder.path, env, command });
    expect(server.stdout()).toContain(`\n  Model     ${model}\n`);
    expect(server.stdout()).toContain(said);
  });

  test("hands on its arguments, also that for help", async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, command };
    expect(await runProcess(["--port", "x"], options)).toMatchObject({ code: 2 });
    const help = await runProcess(["--help"], options);
    expect(help.stdout).toMatch(/^Usage: turnkeep serve /);
    expect(help.code).toBe(0);
  });

  test("shows the chat page, with questions about the document's conversation", async () => {
    await using folder = await temporaryFolder();
    await using server = await startServer([], { cwd: folder.path, command });
    expect(server.stdout()).toContain(`\nOpen ${server.url}/ in a browser, or try a turn`);
    const page = await fetch(`${server.url}/`);
    expect(page.headers.get("set-cookie")).toMatch(/^turnkeep_user=/);
    const html = await page.text();
    expect(html).toContain('"title":{"zh-CN":"海淀问答","en":"Ask about Haidian"}');
    expect(html).toContain('{"title":"海淀区的面积","message":"海淀区的面积是多少"}');
  });

  test("remembers", async () => {
    await using folder = await temporaryFolder();
    await using server = await startServer(["--database", "sqlite:///other.db"], {
      cwd: folder.path,
      command,
    });
    expect(server.stdout()).toContain("\n  Database  sqlite:///other.db\n");
    const send = throughSocket(server.url);
    const ask = (message: string) => send(chatRequest({ message, session_id: "s" }));
    await ask("海淀区的面积是多少");
    const { result } = (await ask("那朝阳区呢")).json() as {
      result: { answer_message: { content: string } };
    };
    expect(result.answer_message.content).toContain("前问：「海淀区的面积是多少」");
    expect(result.answer_message.content).toContain("那朝阳区呢");
  });
});
