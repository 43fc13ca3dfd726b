import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { chosenDatabase } from "../databases/chosen.ts";
import { messagesOf } from "./inspect.ts";
import { type FaultServer, startFaultServer } from "./start-fault-server.ts";

const rounds = process.env["TURNKEEP_FAULTS"] === "full" ? 50 : 5;

interface Shown {
  readonly messages: readonly {
    readonly id: string;
    readonly metadata: {
      readonly state: string;
      readonly versions: { readonly index: number; readonly ids: readonly string[] };
    };
  }[];
  readonly running: string | null;
}

function ask(url: string, body: Readonly<Record<string, unknown>>, id: string): Promise<Response> {
  return fetch(`${url}/api/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Appbuilder-Request-Id": id },
    body: JSON.stringify({ id: "s", ...body }),
  });
}

function question(text: string): Readonly<Record<string, unknown>> {
  const message = { id: `q-${text}`, role: "user", parts: [{ type: "text", text }] };
  return { messages: [message], trigger: "submit-message" };
}

const again = (messageId: string): Readonly<Record<string, unknown>> => ({
  messages: [],
  trigger: "regenerate-message",
  messageId,
});

async function shown(url: string): Promise<Shown> {
  const response = await fetch(`${url}/api/chat/s/messages`);
  return ((await response.json()) as { readonly result: Shown }).result;
}

const select = (url: string, requestId: string): Promise<Response> =>
  fetch(`${url}/runs/${requestId}/select`, { method: "POST" });

/** Two servers on a database, whose claims lapse soon. */
async function startTwo(): Promise<{
  readonly database: string;
  readonly start: () => Promise<FaultServer>;
  readonly servers: readonly [FaultServer, FaultServer];
}> {
  const database = await (await chosenDatabase()).createDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const start = (): Promise<FaultServer> => startFaultServer(database.url, { claimTime: 1500 });
  return { database: database.url, start, servers: [await start(), await start()] };
}

test(
  "a version whose server is killed is interrupted, and the one before stays chosen",
  async () => {
    const { database, start, servers } = await startTwo();
    const [, other] = servers;
    let [victim] = servers;
    await (await ask(other.url, question("one"), "one")).text();
    await (await ask(other.url, question("two"), "two")).text();
    const before = await messagesOf(database, "s");
    let interrupted = 0;
    for (let round = 0; round < rounds; round += 1) {
      const id = `version-${round}`;
      const response = await ask(victim.url, again("one"), id);
      await response.body?.getReader().read();
      await victim.kill();
      await expect
        .poll(async () => (await shown(other.url)).running, { timeout: 20_000 })
        .toBe(null);
      const { messages } = await shown(other.url);
      const stored = await messagesOf(database, "s");
      const [, answer] = messages;
      if (answer?.id === id) {
        // It had ended before it was killed.
        expect(stored.map(({ requestId }) => requestId)).toEqual([id, id]);
        expect((await select(other.url, "one")).status).toBe(200);
      } else {
        interrupted += 1;
        expect(answer?.id).toBe("one");
        expect(answer?.metadata.versions.ids.at(-1)).toBe(id);
      }
      expect(await messagesOf(database, "s")).toEqual(before);
      victim = await start();
    }
    expect(interrupted).toBeGreaterThan(0);
    await (await ask(victim.url, again("one"), "last")).text();
    const stored = await messagesOf(database, "s");
    expect(stored.map(({ requestId }) => requestId)).toEqual(["last", "last"]);
  },
  rounds * 10_000 + 30_000,
);

test("versions that are asked for and chosen through two servers at once leave one path", async () => {
  const { database, servers } = await startTwo();
  const urls = servers.map(({ url }) => url);
  const urlOf = (index: number): string => urls[index % urls.length] ?? "";
  await (await ask(urlOf(0), question("one"), "one")).text();
  await (await ask(urlOf(0), question("two"), "two")).text();
  const ids = Array.from({ length: 12 }, () => randomUUID());
  const all = ids.map(async (id, index) => {
    const asked = index % 3 === 0 ? again("one") : again("two");
    const response = await ask(urlOf(index), asked, id);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("[DONE]");
  });
  const selections = ids.map(async (_, index) => {
    const { status } = await select(urlOf(index + 1), index % 2 === 0 ? "one" : "two");
    expect([200, 409]).toContain(status);
  });
  await Promise.all([...all, ...selections]);
  const told = await Promise.all(urls.map(shown));
  expect(told[0]).toEqual(told[1]);
  const requestIds = (told[0]?.messages ?? [])
    .filter((_, index) => index % 2 === 1)
    .map(({ id }) => id);
  const stored = await messagesOf(database, "s");
  expect(stored.map(({ requestId }) => requestId)).toEqual(requestIds.flatMap((id) => [id, id]));
  for (const id of ["one", "two", ...ids]) {
    expect((await select(urlOf(0), id)).status).toBe(200);
    const path = (await shown(urlOf(1))).messages.filter((_, index) => index % 2 === 1);
    expect(path.map((message) => message.id)).toContain(id);
    const rows = await messagesOf(database, "s");
    expect(rows.map(({ requestId }) => requestId)).toEqual(
      path.flatMap((message) => [message.id, message.id]),
    );
  }
}, 60_000);
