import { HttpRuntime, MemoryStore, Playground } from "turnkeep";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeGateway, startFakeGateway } from "../fixtures/gateway/fake-gateway.ts";
import { chatRequest, inProcess } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";

let gateway: FakeGateway;

beforeEach(async () => {
  gateway = await startFakeGateway();
  process.env["GATEWAY_URL"] = gateway.url;
  process.env["APPBUILDER_TOKEN"] = "bce-v3/FAKE/token";
});

afterEach(async () => {
  await gateway.close();
  delete process.env["GATEWAY_URL"];
  delete process.env["APPBUILDER_TOKEN"];
});

test("a model that is down is asked three times for a streamed answer, not nine", async () => {
  gateway.script(
    ...Array.from({ length: 9 }, () => ({
      status: 503,
      body: { code: 503, message: "busy" },
      headers: { "retry-after": "0" },
    })),
  );
  await using runtime = new HttpRuntime({
    component: new Playground({ model: "appbuilder/ERNIE-Bot" }),
    userSessionConfig: new MemoryStore(),
    logger: recordingLogger(),
  });
  const response = await inProcess(runtime.fetch)(chatRequest({ message: "q", stream: true }));
  expect(response.events()).toMatchObject([{ code: 503, result: null }]);
  expect(gateway.calls).toHaveLength(3);
});
