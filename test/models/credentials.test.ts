import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Playground } from "../../src/components/playground/playground.ts";
import { Message } from "../../src/message/message.ts";
import { defineModel } from "../../src/models/define-model.ts";
import { type FakeGateway, startFakeGateway } from "../fixtures/gateway/fake-gateway.ts";
import { type FakeOpenAI, startFakeOpenAI } from "../fixtures/gateway/fake-openai.ts";
import { inRun } from "./run-scope.ts";

let gateway: FakeGateway;
let openAI: FakeOpenAI;

beforeEach(async () => {
  gateway = await startFakeGateway();
  openAI = await startFakeOpenAI();
  process.env["GATEWAY_URL"] = gateway.url;
  process.env["OPENAI_BASE_URL"] = openAI.baseURL;
  process.env["APPBUILDER_TOKEN"] = "token-of-the-service";
  process.env["OPENAI_API_KEY"] = "key-of-the-service";
});

afterEach(async () => {
  for (const name of ["GATEWAY_URL", "OPENAI_BASE_URL", "APPBUILDER_TOKEN", "OPENAI_API_KEY"]) {
    delete process.env[name];
  }
  await gateway.close();
  await openAI.close();
});

const gatewayModel = new Playground({ model: "appbuilder/ERNIE-Bot" });
const openModel = new Playground({ model: "openai-compatible/m" });
const question = new Message("a");

function tokens(): unknown[] {
  return gateway.requests.map(({ headers }) => headers["x-appbuilder-authorization"]);
}

describe("the credential", () => {
  test("is read from the environment when the model is called", async () => {
    await gatewayModel.run(question);
    process.env["APPBUILDER_TOKEN"] = "  bearer another-token\n";
    await gatewayModel.run(question);
    expect(tokens()).toEqual([
      "Bearer token-of-the-service",
      "Bearer token-of-the-service",
      "Bearer another-token",
      "Bearer another-token",
    ]);
  });

  test("among a model's settings wins over the environment, the caller's over both", async () => {
    const model = defineModel("appbuilder/ERNIE-Bot", { token: "Bearer token-in-the-code" });
    const playground = new Playground({ model });
    await playground.run(question);
    const credentials = new Map([["appbuilder", "Bearer token-of-the-caller"]]);
    await inRun({ credentials }, () => playground.run(question));
    expect(new Set(tokens())).toEqual(
      new Set(["Bearer token-in-the-code", "Bearer token-of-the-caller"]),
    );
    expect(tokens().at(-1)).toBe("Bearer token-of-the-caller");
  });

  test("of a caller reaches the provider it is for alone", async () => {
    const credentials = new Map([["appbuilder", "token-of-the-caller"]]);
    await inRun({ credentials }, () => openModel.run(question));
    expect(openAI.requests[0]?.headers.authorization).toBe("Bearer key-of-the-service");
  });

  test("in the environment is not used where callers must bring their own", async () => {
    for (const playground of [
      gatewayModel,
      new Playground({ model: defineModel("appbuilder/ERNIE-Bot", { gatewayURL: gateway.url }) }),
    ]) {
      await expect(
        inRun({ callerCredentialsOnly: true }, () => playground.run(question)),
      ).rejects.toMatchObject({ code: "model_credential_missing" });
    }
    expect(gateway.requests).toEqual([]);
    await inRun({ callerCredentialsOnly: true }, () => openModel.run(question));
    expect(openAI.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("that the program gives its model is used also then", async () => {
    const model = defineModel("openai-compatible/m", { apiKey: "key-in-the-code" });
    await inRun({ callerCredentialsOnly: true }, () => new Playground({ model }).run(question));
    expect(openAI.requests[0]?.headers.authorization).toBe("Bearer key-in-the-code");
  });

  test("that is missing is named, before anything is sent", async () => {
    delete process.env["APPBUILDER_TOKEN"];
    await expect(gatewayModel.run(question)).rejects.toMatchObject({
      code: "model_credential_missing",
      message: expect.stringMatching(/appbuilder\/ERNIE-Bot.*APPBUILDER_TOKEN.*token/) as string,
    });
    delete process.env["OPENAI_API_KEY"];
    delete process.env["OPENAI_BASE_URL"];
    await expect(openModel.run(question)).rejects.toMatchObject({
      code: "model_credential_missing",
      message: expect.stringContaining("OPENAI_API_KEY") as string,
    });
    expect(gateway.requests).toEqual([]);
  });

  test("may be missing where a server of one's own needs none", async () => {
    delete process.env["OPENAI_API_KEY"];
    expect((await openModel.run(question)).content).toBe("A:a");
    expect(openAI.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("that no header can carry is refused without showing it", async () => {
    for (const token of ["你的密钥", "two words", "line\nbreak"]) {
      process.env["APPBUILDER_TOKEN"] = token;
      const error = await gatewayModel.run(question).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "model_credential_rejected" });
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain(token);
    }
    expect(gateway.requests).toEqual([]);
  });

  test("that the gateway rejects is not shown, whatever the gateway says", async () => {
    gateway.tokens = new Set(["another"]);
    for (const stream of [false, true]) {
      const error = await gatewayModel.run(question, { stream }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: "model_credential_rejected",
        status: 401,
        details: {
          providerStatus: 401,
          providerCode: "InvalidToken",
          providerRequestId: "r-401",
        },
      });
      const shown = inspect(error, { depth: null, showHidden: true });
      expect(shown).not.toContain("token-of-the-service");
    }
  });

  test("is not sent on to where a redirect leads", async () => {
    gateway.script({ status: 307, headers: { location: `${openAI.url}/steal` }, body: {} });
    await expect(gatewayModel.run(question)).rejects.toMatchObject({
      code: "model_failed",
      details: { providerStatus: 307 },
    });
    expect(openAI.requests).toEqual([]);
  });
});

test("each of four callers' hundred calls at once carries its caller's own token", async () => {
  gateway.jitter = 20;
  const callers = ["w", "x", "y", "z"];
  gateway.tokens = new Set(callers.map((caller) => `token-of-${caller}`));
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const caller = callers[index % callers.length] ?? "";
      const credentials = new Map([["appbuilder", `token-of-${caller}`]]);
      const answer = await inRun({ credentials, callerCredentialsOnly: true }, () =>
        gatewayModel.run(new Message(`${caller}-${index}`), { stream: index % 3 === 0 }),
      );
      return answer instanceof Message ? answer : answer.finalMessage();
    }),
  );
  expect(answers.map(({ content }) => content)).toEqual(
    Array.from({ length: 100 }, (_, index) => `A:${callers[index % callers.length]}-${index}`),
  );
  expect(gateway.calls).toHaveLength(100);
  for (const { headers, body } of gateway.calls) {
    const caller = body.query.split("-")[0];
    expect(headers["x-appbuilder-authorization"]).toBe(`Bearer token-of-${caller}`);
  }
  const listed = gateway.listRequests.map(({ headers }) => headers["x-appbuilder-authorization"]);
  expect(listed).toHaveLength(callers.length);
  expect(new Set(listed)).toEqual(new Set(callers.map((caller) => `Bearer token-of-${caller}`)));
});
