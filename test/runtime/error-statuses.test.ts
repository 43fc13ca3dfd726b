import {
  defineComponent,
  type ErrorCode,
  errorStatuses,
  HttpRuntime,
  MemoryStore,
  Message,
} from "turnkeep";
import { expect, test } from "vitest";
import { chatRequest, inProcess, type PlainRequest } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const component = defineComponent({
  run: async ({ content }: Message<string>) => {
    if (content === "fail") throw new Error("a mistake in the component");
    if (content === "hang") await new Promise(() => undefined);
    return content;
  },
});

test.each<readonly [ErrorCode, PlainRequest]>([
  ["invalid_request", chatRequest({ session_id: "s" })],
  ["unauthorized", chatRequest({ message: "a" })],
  ["not_found", { path: "/nowhere" }],
  ["method_not_allowed", { method: "DELETE" }],
  ["body_too_large", chatRequest({ message: "a".repeat(2_000) })],
  ["unsupported_media_type", chatRequest({ message: "a" }, { "Content-Type": "text/plain" })],
  ["component_failed", chatRequest({ message: "fail" })],
  ["run_timeout", chatRequest({ message: "hang" })],
])("%s is answered with its status", async (code, request) => {
  await using runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
    bodyLimit: 1_000,
    runTimeout: 50,
    shutdownGrace: 0,
    lazyCertification: code === "unauthorized",
  });
  const response = await inProcess(runtime.fetch)(request);
  expect(response.status).toBe(errorStatuses[code]);
  expect(response.json()).toMatchObject({ code: errorStatuses[code], result: null });
});

test("within the program, a run that takes too long fails with run_timeout", async () => {
  await using runtime = new HttpRuntime({
    component,
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
    runTimeout: 50,
    shutdownGrace: 0,
  });
  await expect(runtime.chat(new Message("hang"))).rejects.toThrow(
    turnkeepError("run_timeout", "50 ms", "runTimeout"),
  );
});
