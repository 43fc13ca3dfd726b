import { readFile } from "node:fs/promises";
import { HttpRuntime, MemoryStore, Playground } from "turnkeep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type FakeGateway,
  type GatewayReply,
  startFakeGateway,
} from "../fixtures/gateway/fake-gateway.ts";
import { ScriptedComponent } from "../fixtures/http/scripted-component.ts";
import {
  inProcess,
  type PlainRequest,
  type PlainResponse,
  type Send,
  throughSocket,
} from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { parseServerSentEvents } from "../helpers/server-sent-events.ts";
import { differences } from "./replay-differences.ts";

interface Exchange {
  readonly name: string;
  readonly request: { readonly line: string; readonly headers: string[]; readonly body: string };
  readonly response: { readonly status: string; readonly headers: string[]; readonly body: string };
}

interface Envelope {
  readonly code: number;
  readonly result: unknown;
}

const exchanges = (await readFile("test/fixtures/http/exchanges.jsonl", "utf8"))
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Exchange);
const compatibility = await readFile("docs/compatibility.md", "utf8");

describe("the original's recorded exchanges", () => {
  test("are all there, and every difference is one of them and documented", () => {
    const names = exchanges.map(({ name }) => name);
    expect(names).toHaveLength(69);
    for (const name of Object.keys(differences)) {
      expect(names).toContain(name);
      expect(compatibility, `docs/compatibility.md names ${name}`).toContain(`\`${name}\``);
    }
    const documented = [...compatibility.matchAll(/`(\d+_\w+)`/g)].map((match) => match[1]);
    for (const name of documented) expect(Object.keys(differences)).toContain(name);
  });

  describe.each(["in the process", "through a socket"])("%s", (way) => {
    const runtimes: HttpRuntime[] = [];
    const sends = new Map<string, Send>();
    let gateway: FakeGateway;

    beforeAll(async () => {
      gateway = await startFakeGateway();
      process.env["GATEWAY_URL"] = gateway.url;
      process.env["APPBUILDER_TOKEN"] = "bce-v3/FAKE/token";
      const playground = new Playground({ model: "appbuilder/ERNIE-Bot", maxRetries: 0 });
      for (const [kind, component, lazyCertification] of [
        ["scripted", new ScriptedComponent(), false],
        ["playground", playground, false],
        ["lazy", playground, true],
      ] as const) {
        const runtime = new HttpRuntime({
          component,
          lazyCertification,
          trustUserHeader: true,
          userSessionConfig: new MemoryStore(),
          logger: recordingLogger(),
        });
        runtimes.push(runtime);
        const send =
          way === "in the process"
            ? inProcess(runtime.fetch)
            : throughSocket((await runtime.serve({ port: 0 })).url);
        sends.set(kind, send);
      }
    });

    afterAll(async () => {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      await gateway.close();
      delete process.env["GATEWAY_URL"];
      delete process.env["APPBUILDER_TOKEN"];
    });

    test.each(exchanges.map((exchange) => [exchange.name, exchange] as const))(
      "%s",
      async (name, exchange) => {
        gateway.reset();
        gateway.script(...(gatewayReplies[name] ?? []));
        const send = sends.get(kindOf(name));
        const response = await send?.(toRequest(exchange));
        if (response === undefined) throw new Error("there is a runtime for it");
        compare(exchange, response);
      },
    );
  });
});

/** What the model's gateway answered in the recordings. */
const gatewayReplies: Readonly<Record<string, readonly GatewayReply[]>> = {
  "44_extra_arg_temperature_playground": [{ usage: { prompt: 1, completion: 3 } }],
  "92_lazy_authorization": [{ usage: { prompt: 2, completion: 4 } }],
  "94_lazy_bad_token": [{ status: 401, body: { code: "InvalidToken", message: "bad token" } }],
  "96_lazy_stream": [{ pieces: ["A:hi"], usage: { prompt: 2, completion: 4 } }],
  "110_gw_http400": [{ status: 400, body: { code: 400, message: "bad" } }],
  "112_gw_code": [{ ending: { code: 216303, message: "no" } }],
  "114_gw_first_stream": Array.from({ length: 3 }, () => ({
    pieces: [],
    ending: { code: 336100, message: "busy" },
  })),
  "116_playground_dict": [{ usage: { prompt: 6, completion: 8 } }],
};

function compare({ name, response: recorded }: Exchange, response: PlainResponse): void {
  const difference = differences[name] ?? {};
  expect(response.status).toBe(difference.status ?? Number(recorded.status.split(" ")[1]));
  if (difference.text !== undefined) {
    expect(response.text).toBe(difference.text);
    expect(response.headers.get("allow")).toBe("OPTIONS, POST");
    return;
  }
  const requestId = response.headers.get("x-appbuilder-request-id");
  if (response.status !== 404) expect(requestId).toMatch(/^[!-~]{1,36}$/);
  if (response.headers.get("content-type")?.startsWith("text/event-stream") === true) {
    compareStreams(recorded.body, response, difference);
    return;
  }
  expect(response.headers.get("content-type")).toBe("application/json");
  const original = readEnvelope(recorded.body);
  const envelope = response.json() as Envelope & { readonly message: string };
  expect(Object.keys(envelope)).toEqual(["code", "message", "result"]);
  expect(envelope.code).toBe(difference.code ?? original?.code);
  expect(envelope.message === "").toBe(envelope.code === 0);
  expect(normalise(envelope.result)).toEqual(
    "result" in difference ? difference.result : normalise(original?.result ?? null),
  );
}

function compareStreams(
  recorded: string,
  response: PlainResponse,
  difference: (typeof differences)[string],
): void {
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const events = response.events() as Envelope[];
  if (difference.pieces === undefined) {
    const original = parseServerSentEvents(recorded).map((event) => withoutText(event));
    expect(events.map((event) => withoutText(event))).toEqual(original);
    return;
  }
  const pieces = events
    .filter((event) => event.code === 0)
    .map((event) => (event.result as { answer_message: { content: unknown } }).answer_message);
  expect(pieces.map((piece) => piece.content)).toEqual(difference.pieces);
  expect(events.at(-1)?.code).toBe(difference.code ?? 0);
}

/** An event without the text of its failure, ids named alike. */
function withoutText(event: unknown): unknown {
  const { code, result } = event as Envelope;
  return { code, result: normalise(result) };
}

/** Names ids that are made anew alike, gives a text its true type, drops fields without content. */
function normalise(value: unknown): unknown {
  const text = JSON.stringify(value, (key, item: unknown) => {
    if (typeof item === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(item)) {
      return "<id>";
    }
    if (typeof item === "string" && /^x{100,}/.test(item)) return "<large>";
    const message = item as { content?: unknown; mtype?: unknown } | null;
    if (key === "answer_message" && typeof message?.content === "string") {
      return { ...message, mtype: "str" };
    }
    if ((key === "token_usage" || key === "extra") && Object.keys(item as object).length === 0)
      return undefined;
    return item;
  });
  return JSON.parse(text) as unknown;
}

/** The recorded envelope: of a large body only the start was recorded. */
function readEnvelope(body: string): Envelope | undefined {
  if (!body.startsWith("{")) return undefined;
  const whole = body.replace(
    /x{1000,}$/,
    `${"x".repeat(1_048_576)}","id":"<id>","mtype":"str","name":"msg"},"session_id":"<id>"}}`,
  );
  return JSON.parse(whole) as Envelope;
}

function toRequest({ request }: Exchange): PlainRequest {
  const [method = "", path = ""] = request.line.split(" ");
  const headers = request.headers
    .map((header) => header.split(": ", 2) as [string, string])
    .filter(([name]) => name !== "Content-Length");
  const body = request.body.includes("...[cut")
    ? request.body.replace(/x+\.\.\.\[cut.*$/, `${"x".repeat(1_048_576)}"}}`)
    : request.body;
  return {
    method,
    path,
    headers: Object.fromEntries(headers),
    // The recording shows the byte that is not UTF-8 as the replacement character.
    ...(body === ""
      ? {}
      : {
          body: Buffer.from(
            body.replaceAll("\uFFFD", "\u00FF"),
            body.includes("\uFFFD") ? "latin1" : "utf8",
          ),
        }),
  };
}

function kindOf(name: string): string {
  if (name.includes("_lazy_")) return "lazy";
  return /playground|_gw_/.test(name) ? "playground" : "scripted";
}
