import { ChatRuntime, type ChatRuntimeOptions, MemoryStore } from "turnkeep";
import { afterEach, describe, expect, test } from "vitest";
import { recordingLogger } from "../../helpers/recording-logger.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";
import { chat } from "../../protocols/ai-sdk-ui/chat-requests.ts";
import { echo } from "../../protocols/replicas.ts";

const runtimes: ChatRuntime[] = [];
const open = (options: Partial<ChatRuntimeOptions> = {}): ChatRuntime => {
  const runtime = new ChatRuntime({
    component: echo,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
    ...options,
  });
  runtimes.push(runtime);
  return runtime;
};
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
});

type Headers_ = Readonly<Record<string, string>>;

const visit = async (runtime: ChatRuntime, headers: Headers_ = {}, url = "http://chat.test/") => {
  const response = await runtime.fetch(new Request(url, { headers }));
  const setCookie = response.headers.get("set-cookie");
  return { setCookie, cookie: setCookie?.split(";")[0] ?? "" };
};
const say = async (runtime: ChatRuntime, sessionId: string, headers: Headers_): Promise<number> => {
  const { path, ...request } = chat(sessionId, "hello", {}, headers);
  const url = `http://chat.test${path}`;
  const response = await runtime.fetch(new Request(url, { method: "POST", ...request }));
  await response.text();
  return response.status;
};
const sessionsOf = async (runtime: ChatRuntime, headers: Headers_): Promise<unknown> => {
  const response = await runtime.fetch(new Request("http://chat.test/sessions", { headers }));
  if (response.status !== 200) return response.status;
  const { result } = (await response.json()) as { result: { sessions: { session_id: string }[] } };
  return result.sessions.map(({ session_id }) => session_id);
};

describe("a visitor of the chat page", () => {
  test("is a user of its own, known again by a cookie that the page sets", async () => {
    const runtime = open();
    const one = await visit(runtime);
    const other = await visit(runtime);
    expect(one.setCookie).toMatch(
      /^turnkeep_user=anonymous%3A[\da-f-]{36}\.[^;]+; Max-Age=31536000; HttpOnly; SameSite=Lax$/,
    );
    expect(await say(runtime, "s", { Cookie: one.cookie })).toBe(200);
    expect(await sessionsOf(runtime, { Cookie: `a=b; ${one.cookie}; c=d` })).toEqual(["s"]);
    expect(await sessionsOf(runtime, { Cookie: other.cookie })).toEqual([]);
    expect(await say(runtime, "s", { Cookie: other.cookie })).toBe(404);
    expect(await sessionsOf(runtime, {})).toBe(401);
  });

  test("keeps its name for another year at each visit", async () => {
    const runtime = open();
    const { cookie } = await visit(runtime);
    expect((await visit(runtime, { Cookie: cookie })).cookie).toBe(cookie);
  });

  test("cannot take another's name", async () => {
    const runtime = open();
    const { cookie } = await visit(runtime);
    await say(runtime, "s", { Cookie: cookie });
    const [value = "", signature = ""] = cookie.slice("turnkeep_user=".length).split(".");
    const forged = [
      `turnkeep_user=${value}`,
      `turnkeep_user=${value}.`,
      `turnkeep_user=${value.slice(0, -1)}${value.endsWith("0") ? "1" : "0"}.${signature}`,
      `turnkeep_user=${value}.${"A".repeat(43)}%3D`,
      (await visit(open(), {})).cookie,
    ];
    for (const each of forged) {
      expect(await sessionsOf(runtime, { Cookie: each }), each).toBe(401);
      expect((await visit(runtime, { Cookie: each })).cookie).not.toBe(cookie);
    }
  });

  test("is known to every server on one database, also after a restart", async () => {
    await using folder = await temporaryFolder();
    const userSessionConfig = `sqlite:///${folder.path}/sessions.db`;
    const [first, second] = [open({ userSessionConfig }), open({ userSessionConfig })];
    const [one, other] = await Promise.all([visit(first), visit(second)]);
    await say(second, "s", { Cookie: one.cookie });
    await say(first, "o", { Cookie: other.cookie });
    await Promise.all([first.close(), second.close()]);
    const again = open({ userSessionConfig });
    expect(await sessionsOf(again, { Cookie: one.cookie })).toEqual(["s"]);
    expect(await sessionsOf(again, { Cookie: other.cookie })).toEqual(["o"]);
    await again.close();
  });

  test("is known to servers that are given the same secret", async () => {
    const cookieSecret = "a secret of the service";
    const { cookie } = await visit(open({ cookieSecret }));
    expect(await sessionsOf(open({ cookieSecret }), { Cookie: cookie })).toEqual([]);
    expect(await sessionsOf(open(), { Cookie: cookie })).toBe(401);
    for (const [wrong, says] of [
      ["short", "it has 5"],
      ["s".repeat(1025), "it has 1025"],
      [7, "it is 7"],
    ] as const) {
      expect(() => open({ cookieSecret: wrong as string })).toThrow(
        turnkeepError("invalid_argument", "cookieSecret must be a text of 16 to 1024", says),
      );
    }
  });

  test("has a cookie for HTTPS alone there, and one for frames where others may show the page", async () => {
    const secure = /; HttpOnly; Secure; SameSite=Lax$/;
    const { setCookie } = await visit(open(), {}, "https://chat.test/");
    expect(setCookie).toMatch(secure);
    const forwarded = { "X-Forwarded-Proto": "https, http" };
    expect((await visit(open(), forwarded)).setCookie).toMatch(secure);
    const framed = () => open({ page: { frameAncestors: ["https://example.com"] } });
    expect((await visit(framed(), forwarded)).setCookie).toMatch(
      /; HttpOnly; Secure; SameSite=None; Partitioned$/,
    );
    expect((await visit(framed())).setCookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  test("has no cookie where the service knows its users", async () => {
    const known = open({ authenticate: () => "alice" });
    expect((await visit(known)).setCookie).toBe(null);
    await say(known, "s", {});
    expect(await sessionsOf(known, {})).toEqual(["s"]);
    const proxied = open({ trustUserHeader: true });
    const { cookie } = await visit(open());
    expect((await visit(proxied)).setCookie).toBe(null);
    await say(proxied, "s", { "X-Appbuilder-User-Id": "bob" });
    expect(await sessionsOf(proxied, { "X-Appbuilder-User-Id": "bob" })).toEqual(["s"]);
    expect(await sessionsOf(proxied, { Cookie: cookie })).toBe(401);
  });
});

describe("a page of another origin", () => {
  const own = { Host: "chat.test" };

  test.each([
    [{ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }],
    [{ "Sec-Fetch-Site": "same-site", Origin: "http://other.chat.test" }],
    [{ "Sec-Fetch-Site": "cross-site" }],
    [{ Origin: "http://evil.example", ...own }],
    [{ Origin: "http://chat.test:81", ...own }],
    [{ Origin: "null", ...own }],
    [{ Origin: "chat.test", ...own }],
  ])("may not ask for what changes something: %j", async (headers: Headers_) => {
    const runtime = open();
    const { cookie } = await visit(runtime);
    await say(runtime, "s", { Cookie: cookie });
    for (const [method, path] of [
      ["POST", "/api/chat/s/stop"],
      ["POST", "/chat"],
      ["DELETE", "/sessions/s"],
      ["PATCH", "/sessions/s"],
      ["POST", "/other"],
    ] as const) {
      const response = await runtime.fetch(
        new Request(`http://chat.test${path}`, { method, headers: { ...headers, Cookie: cookie } }),
      );
      expect(response.status, path).toBe(403);
      expect(await response.json()).toMatchObject({
        code: 403,
        message: expect.stringMatching(/^A page of .* may not ask for this\./) as unknown,
      });
    }
    expect(await sessionsOf(runtime, { Cookie: cookie })).toEqual(["s"]);
  });

  test.each([
    [{}],
    [{ "Sec-Fetch-Site": "same-origin", Origin: "https://proxied.example" }],
    [{ "Sec-Fetch-Site": "none" }],
    [{ Origin: "http://chat.test", ...own }],
    [{ Origin: "https://chat.test" }],
    [{ Origin: "https://outside.example", "X-Forwarded-Host": "outside.example", ...own }],
  ])("is not what asks with %j", async (headers: Headers_) => {
    const runtime = open();
    const { cookie } = await visit(runtime);
    expect(await say(runtime, "s", { ...headers, Cookie: cookie })).toBe(200);
  });

  test("is answered with the code origin_refused", async () => {
    const { requireSameOrigin } = await import("../../../src/runtime/page/same-origin.ts");
    const headers = { "Sec-Fetch-Site": "cross-site" };
    const request = new Request("http://chat.test/", { method: "POST", headers });
    expect(() => requireSameOrigin(request)).toThrow(
      turnkeepError("origin_refused", "A page of another origin"),
    );
  });
});
