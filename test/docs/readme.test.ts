import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { parseServerSentEvents } from "../helpers/server-sent-events.ts";
import { temporaryFolder, type TemporaryFolder } from "../helpers/temporary-folder.ts";
import {
  projectFile,
  runProcess,
  type ServerProcess,
  startServer,
} from "../helpers/turnkeep-process.ts";
import { documents, readCodeBlocks } from "./code-blocks.ts";

const command = [
  process.execPath,
  "--conditions=turnkeep-source",
  projectFile("examples/start.ts"),
] as const;
const readme = readCodeBlocks("README.md");
const curls = readme.filter(({ text }) => text.startsWith("curl "));

/** Runs a block in a shell, with the server's address in place of the documented one. */
async function shell(
  text: string,
  folder: TemporaryFolder,
  server: ServerProcess,
): Promise<string> {
  const { code, stdout, stderr } = await runProcess(
    ["-c", text.replaceAll("http://127.0.0.1:8091", server.url)],
    { cwd: folder.path, command: ["bash"] },
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

/** An answer without what differs from time to time: ids, times, cursors. */
function lasting(answer: string): string {
  return answer
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}/g, "<time>")
    .replaceAll(/"next_cursor":"[\w-]+"/g, '"next_cursor":"<cursor>"');
}

describe("the README's commands", () => {
  test("are those that the server prints", async () => {
    await using folder = await temporaryFolder();
    await using server = await startServer([], { cwd: folder.path, command });
    expect(curls).toHaveLength(2);
    for (const { text } of curls) {
      expect(server.stdout()).toContain(
        `\n${text.replaceAll("http://127.0.0.1:8091", server.url)}`,
      );
    }
  });

  test("hold a conversation that Python reads, and SQL", async () => {
    await using folder = await temporaryFolder();
    await using server = await startServer([], { cwd: folder.path, command });
    const [whole = "", stream = ""] = curls.map(({ text }) => text);
    expect(JSON.parse(await shell(whole, folder, server))).toMatchObject({
      code: 0,
      result: { session_id: "demo", answer_message: { mtype: "str" } },
    });
    const events = parseServerSentEvents(await shell(stream, folder, server)) as {
      result: { is_completion: boolean; answer_message: { content: string } };
    }[];
    const said = events.map(({ result }) => result.answer_message.content).join("");
    expect(said).toContain("前问：「海淀区的面积是多少」");
    expect(events.map(({ result }) => result.is_completion)).toEqual([
      ...Array.from(events.slice(1), () => false),
      true,
    ]);

    const python = readme.find(({ language }) => language === "python")?.text ?? "";
    await folder.write({ "inspect_data.py": python });
    const inspected = await runProcess(["inspect_data.py"], {
      cwd: folder.path,
      command: ["python3"],
      env: { PYTHONIOENCODING: "utf-8" },
    });
    expect(inspected).toMatchObject({ code: 0, stderr: "" });
    const lines = inspected.stdout.trim().split("\n");
    expect(lines[0]).toContain("('appbuilder_session_messages',)");
    expect(lines[1]).toBe(
      "['id', 'session_id', 'request_id', 'message_key', 'message_value', 'created_at', 'updated_at', 'deleted']",
    );
    expect(lines.slice(2)).toHaveLength(8);
    expect(lines[2]).toMatch(
      /^\{'content': '海淀区的面积是多少', 'name': 'msg', 'mtype': 'str', 'id': /,
    );
    expect(lines[9]).toContain(said);

    const sql = readCodeBlocks("docs/database.md").find(({ language }) => language === "sql");
    using database = new DatabaseSync(join(folder.path, "user_session.db"), { readOnly: true });
    const rows = database.prepare(sql?.text ?? "").all();
    expect(rows.map((row) => row["message_key"])).toEqual(["query", "answer", "query", "answer"]);
    expect(rows[3]?.["content"]).toBe(said);
  });
});

describe("the commands of other documents", () => {
  const examples = documents
    .filter((document) => document.startsWith("docs/"))
    .map((document) => readCodeBlocks(document))
    .flatMap((blocks) => blocks.map((block, index) => ({ ...block, next: blocks[index + 1] })))
    .filter(({ text }) => text.startsWith("curl "));

  test("answer as written there", async () => {
    await using folder = await temporaryFolder();
    await using server = await startServer([], { cwd: folder.path, command });
    expect(examples.length).toBeGreaterThan(1);
    for (const { text, next, place } of examples) {
      const answer = await shell(text, folder, server);
      if (next?.language === "json") {
        const written = JSON.stringify(JSON.parse(next.text));
        expect({ place, answer: lasting(answer) }).toEqual({ place, answer: lasting(written) });
      } else if (answer.startsWith("{")) {
        expect({ place, answer: JSON.parse(answer) as unknown }).toMatchObject({
          answer: { code: 0 },
        });
      } else {
        expect(parseServerSentEvents(answer).at(-1)).toMatchObject({
          code: 0,
          result: { is_completion: true },
        });
      }
    }
  });
});
