import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Message } from "../../src/message/message.ts";
import { isMessageStream } from "../../src/message/message-stream.ts";
import { withSession } from "../../src/run/local.ts";
import { MemoryStore } from "../../src/session/memory-store.ts";
import { type FakeGateway, startFakeGateway } from "../fixtures/gateway/fake-gateway.ts";
import { PlaygroundWithHistory } from "../fixtures/gateway/playground-with-history.ts";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let gateway: FakeGateway;

beforeAll(async () => {
  gateway = await startFakeGateway();
  process.env["GATEWAY_URL"] = gateway.url;
  process.env["APPBUILDER_TOKEN"] = "bce-v3/FAKE/token";
});

afterAll(async () => {
  delete process.env["GATEWAY_URL"];
  delete process.env["APPBUILDER_TOKEN"];
  await gateway.close();
});

test("three turns in two sessions send the gateway what the original sent", async () => {
  const component = new PlaygroundWithHistory();
  const sessions = [
    { sessionId: "A", stream: false, store: new MemoryStore() },
    { sessionId: "B", stream: true, store: new MemoryStore() },
  ];
  for (const question of ["海淀区的面积是多少", "北京呢", "第一个问题是什么😀"]) {
    for (const { sessionId, stream, store } of sessions) {
      const answer = await withSession({ sessionId, store }, () =>
        component.run(new Message(question), { stream }),
      );
      expect(isMessageStream(answer)).toBe(stream);
      if (isMessageStream(answer)) await answer.finalMessage();
    }
  }

  // The original asked for the list once for each of the two components, here they share it.
  const [listRequest, secondListRequest] = await readRecorded("model-list-request.jsonl");
  if (listRequest === undefined) throw new Error("a request for the list is recorded");
  expect(secondListRequest?.body).toBe(listRequest.body);
  const recorded = [listRequest, ...(await readRecorded("requests.jsonl"))];
  expect(recorded).toHaveLength(11);
  const sent = gateway.requests.map(({ method, path, body }) => ({
    method,
    path,
    body: withoutUser(body),
  }));
  expect(sent).toEqual(
    recorded.map(({ method, path, body }) => ({
      method,
      path,
      body: withoutUser(JSON.parse(body)),
    })),
  );

  for (const [index, { headers, body }] of gateway.requests.entries()) {
    const original = new Headers(
      (recorded[index]?.headers ?? []).map(([name, value]) => [name, value]),
    );
    for (const name of ["content-type", "x-appbuilder-authorization", "x-appbuilder-origin"]) {
      expect(headers[name], name).toBe(original.get(name));
    }
    expect(headers["x-appbuilder-request-id"]).toMatch(uuid);
    expect(headers["x-bce-request-id"]).toBe(headers["x-appbuilder-request-id"]);
    expect(Object.keys(JSON.parse(String(headers["x-appbuilder-sdk-config"])) as object)).toEqual(
      Object.keys(JSON.parse(original.get("x-appbuilder-sdk-config") ?? "") as object),
    );
    // Also the order of the keys is the original's.
    expect(JSON.stringify(withoutUser(body))).toBe(
      JSON.stringify(withoutUser(JSON.parse(recorded[index]?.body ?? ""))),
    );
  }
  const ids = gateway.requests.map(({ headers }) => headers["x-appbuilder-request-id"]);
  const users = gateway.calls.map(({ body }) => body.user);
  for (const user of users) expect(user).toMatch(uuid);
  expect(new Set([...ids, ...users]).size).toBe(ids.length + users.length);
});

async function readRecorded(name: string): Promise<Recorded[]> {
  const text = await readFile(new URL(`../fixtures/gateway/${name}`, import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recorded);
}

/** A body without what is new in each call. */
function withoutUser(body: unknown): unknown {
  const { user: _user, ...rest } = body as { readonly user?: string };
  return rest;
}
