import { defineComponent, Message, UserSession } from "turnkeep";
import { describe, expect, test } from "vitest";
import { databaseFixtures } from "../databases/sql-store-fixture.ts";
import { openPlace } from "./place.ts";
import { answers, ask, pathOf, questions } from "./steps.ts";

/** Answers with all that was asked so far. */
const component = defineComponent<string>({
  async *run(message) {
    const session = new UserSession();
    const history = await session.getHistory("query", { limit: 10 });
    const asked = [...history.map(({ content }) => content), message.content].join("；");
    yield asked;
    await session.append({ query: message, answer: new Message(asked) });
  },
});

describe.each([...(await databaseFixtures())])("on %s", (_name, fixture) => {
  test("a conversation of the page is read with plain SQL, goes on through /chat, and in the page again", async () => {
    await using database = await fixture.createDatabase();
    await using place = await openPlace({ component, userSessionConfig: database.url });
    await using visitor = await place.visit();
    const { page, context } = visitor;
    await ask(page, "海淀区的面积是多少");
    await ask(page, "它在哪里");
    const sessionId = new URL(pathOf(page), place.url).searchParams.get("session") ?? "";

    const stored = async (): Promise<unknown[]> => {
      const rows = await database.execute(
        `SELECT message_key, message_value FROM appbuilder_session_messages
         WHERE session_id = '${sessionId}' AND NOT deleted ORDER BY updated_at, id`,
      );
      return rows.map((row) => {
        const value: unknown = row["message_value"];
        const message = (typeof value === "string" ? JSON.parse(value) : value) as Message;
        return [row["message_key"], message.content];
      });
    };
    const first = [
      ["query", "海淀区的面积是多少"],
      ["answer", "海淀区的面积是多少"],
      ["query", "它在哪里"],
      ["answer", "海淀区的面积是多少；它在哪里"],
    ];
    expect(await stored()).toEqual(first);

    const chat = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${place.url}/chat`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify({ message: "By /chat", session_id: sessionId }),
      });
    expect((await chat({})).status).toBe(404);
    const cookies = await context.cookies();
    const response = await chat({
      Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
    });
    expect(await response.json()).toMatchObject({
      code: 0,
      result: {
        session_id: sessionId,
        answer_message: { content: "海淀区的面积是多少；它在哪里；By /chat" },
      },
    });

    await page.reload();
    await expect.poll(() => questions(page).count()).toBe(3);
    expect(await answers(page).last().innerText()).toContain("它在哪里；By /chat");
    await ask(page, "Again here");
    const last = "海淀区的面积是多少；它在哪里；By /chat；Again here";
    expect(await answers(page).last().innerText()).toContain(last);
    expect(await stored()).toEqual([
      ...first,
      ["query", "By /chat"],
      ["answer", "海淀区的面积是多少；它在哪里；By /chat"],
      ["query", "Again here"],
      ["answer", last],
    ]);
  });
});
