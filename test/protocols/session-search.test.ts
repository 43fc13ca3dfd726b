import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatRequest, type Send } from "../helpers/http-client.ts";
import { echo, openReplicas, places, type Replicas } from "./replicas.ts";

interface Listed {
  readonly sessions: readonly { readonly session_id: string; readonly title: string | null }[];
  readonly next_cursor: string | null;
}

describe.each(places)("sessions %s", (place) => {
  let replicas: Replicas;
  let send: Send;

  beforeEach(async () => {
    replicas = await openReplicas(place);
    ({ send } = replicas.add({ component: echo, authenticate: () => "user" }));
  });
  afterEach(() => replicas[Symbol.asyncDispose]());

  const say = async (message: unknown, sessionId: string): Promise<void> => {
    const response = await send(chatRequest({ message, session_id: sessionId }));
    expect(response.status).toBe(200);
  };
  const list = async (parameters: Readonly<Record<string, string>>): Promise<Listed> => {
    const path = `/sessions?${new URLSearchParams(parameters).toString()}`;
    const response = await send({ method: "GET", path });
    expect(response.status, response.text).toBe(200);
    return (response.json() as { readonly result: Listed }).result;
  };
  const found = async (search: string): Promise<string[]> =>
    (await list({ search })).sessions.map(({ session_id: id }) => id);

  test("are called by their first question, and found by it until they are renamed", async () => {
    await say("海淀区的\n面积是多少？", "area");
    await say("How LARGE is it?", "large");
    await say("later", "area");
    const { sessions } = await list({});
    expect(sessions.map(({ title }) => title)).toEqual([
      "海淀区的 面积是多少？",
      "How LARGE is it?",
    ]);
    expect(await found("面积")).toEqual(["area"]);
    expect(await found("large")).toEqual(["large"]);
    expect(await found("later")).toEqual([]);
    await send({
      method: "PATCH",
      path: "/sessions/large",
      headers: { "Content-Type": "application/json" },
      body: '{"title":"Size"}',
    });
    expect(await found("large")).toEqual([]);
    expect(await found("SIZE")).toEqual(["large"]);
    await send({ method: "DELETE", path: "/sessions/large" });
    expect(await found("size")).toEqual([]);
    await send({ path: "/sessions/large/restore" });
    expect(await found("size")).toEqual(["large"]);
  });

  test("are found page by page, none twice and none left out", async () => {
    for (let index = 0; index < 9; index += 1) {
      await say(index % 2 === 0 ? `wanted ${index}` : `other ${index}`, `s${index}`);
    }
    for (const limit of ["1", "2", "5", "100"]) {
      const ids: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page: Listed = await list({
          search: "WANTED",
          limit,
          ...(cursor === "" ? {} : { cursor }),
        });
        ids.push(...page.sessions.map(({ session_id: id }) => id));
        cursor = page.next_cursor;
      }
      expect(ids).toEqual(["s8", "s6", "s4", "s2", "s0"]);
    }
  });
});
