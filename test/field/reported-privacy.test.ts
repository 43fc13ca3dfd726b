import { readEvents } from "../helpers/server-sent-events.ts";
import { controlledComponent } from "../protocols/replicas.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { as, openPlace, type Place, resultOf } from "./place.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

const routes = [
  ["GET", "/sessions/hers"],
  ["PATCH", "/sessions/hers", { title: "mine" }],
  ["DELETE", "/sessions/hers"],
  ["POST", "/sessions/hers/restore"],
  ["GET", "/sessions/hers/messages"],
  ["GET", "/sessions/hers/turns"],
  ["GET", "/runs/her-run"],
  ["GET", "/runs/her-run/stream"],
  ["POST", "/runs/her-run/stop"],
  ["POST", "/runs/her-run/retry", {}],
  ["POST", "/chat", { message: "q", session_id: "hers" }],
  ["POST", "/chat", { message: "q", session_id: "hers", stream: true }],
] as const;

test.each(["that has ended", "that is running"])(
  "chainlit#2975, mastra#18911, mastra#22875: to anyone but its user a session %s does not exist, on any route",
  async (state) => {
    const { source, component } = controlledComponent();
    const { runtime, ask } = place.serve(component);
    source("secret question").give("secret answer");
    if (state === "that has ended") source("secret question").end();
    const begun = await runtime.fetch(
      new Request("http://turnkeep.test/chat", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-Appbuilder-Request-Id": "her-run",
          ...as("alice"),
        },
        body: JSON.stringify({ message: "secret question", session_id: "hers", stream: true }),
      }),
    );
    await readEvents(begun, state === "that has ended" ? Infinity : 1);
    const look = async (): Promise<unknown[]> => [
      resultOf(await ask("GET", "/sessions", { headers: as("alice") })),
      resultOf(await ask("GET", "/sessions/hers/turns", { headers: as("alice") })),
      resultOf(await ask("GET", "/sessions/hers/messages", { headers: as("alice") })),
    ];
    const before = await look();
    expect(JSON.stringify(before)).toContain("secret");

    for (const headers of [as("bob"), as("ALICE"), as("alice2"), {}]) {
      for (const [method, path, json] of routes) {
        const response = await ask(method, path, { headers, json });
        const unknown = await ask(
          method,
          path.replace("hers", "nowhere").replace("her-run", "nowhere"),
          { headers, json: path === "/chat" ? undefined : json },
        );
        expect([method, path, response.status]).toEqual([method, path, 404]);
        expect(response.text).not.toContain("secret");
        if (path !== "/chat") {
          expect(response.text.replace(/hers|her-run/g, "nowhere")).toBe(unknown.text);
        }
      }
      for (const path of ["/sessions", "/sessions?deleted=true"]) {
        const list = await ask("GET", path, { headers });
        // Whoever is nobody in particular is shown no list at all.
        if (list.status !== 401) expect(resultOf(list)["sessions"]).toEqual([]);
      }
    }
    expect(await look()).toEqual(before);
  },
);

test("chainlit#2975: a user cannot take another's run by its idempotency key or its request id", async () => {
  const { source, component } = controlledComponent();
  const { chat } = place.serve(component);
  for (const name of ["q", "q2"]) {
    source(name).give(`answer to ${name}`);
    source(name).end();
  }
  const body = { message: "q", session_id: "hers" };
  const key = { "Idempotency-Key": "guessed", "X-Appbuilder-Request-Id": "her-run" };
  expect((await chat(body, { ...as("alice"), ...key })).status).toBe(200);
  const stolen = await chat(body, { ...as("bob"), "Idempotency-Key": "guessed" });
  expect(stolen.status).toBe(404);
  expect(stolen.text).not.toContain("answer to q");
  const taken = await chat(
    { message: "q2", session_id: "his" },
    { ...as("bob"), "X-Appbuilder-Request-Id": "her-run" },
  );
  expect(taken.status).toBe(409);
  expect(taken.text).not.toContain("answer");
  expect(await place.messages("his")).toEqual([]);
});
