import { ChatRuntime, defineComponent, MemoryStore, type MessagePart } from "turnkeep";
import { describe, expect, test } from "vitest";
import { inProcess } from "../../helpers/http-client.ts";
import { recordingLogger } from "../../helpers/recording-logger.ts";
import { openReplicas, places } from "../replicas.ts";
import { get, resultOf } from "../run-requests.ts";
import { chat, chunksOf } from "./chat-requests.ts";

const file = (bytes: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: "file",
  mediaType: "text/plain",
  url: `data:text/plain;base64,${Buffer.alloc(bytes, "x").toString("base64")}`,
  filename: "notes.txt",
  ...changes,
});
const withFiles = (files: readonly object[], text = "read this") =>
  chat("s", "", {
    messages: [
      {
        id: "q",
        role: "user",
        parts: [...files, ...(text === "" ? [] : [{ type: "text", text }])],
      },
    ],
  });

describe.each(places)("attachments, sessions %s,", (place) => {
  test("reach the component in its message, and come back with it", async () => {
    await using replicas = await openReplicas(place);
    const given: (readonly MessagePart[])[] = [];
    const component = defineComponent<string>({
      run: async ({ parts }) => {
        given.push(parts);
        return "read";
      },
    });
    const { send } = replicas.add({ component });
    const files = [file(3), { ...file(0), mediaType: "image/png", filename: undefined }];
    chunksOf(await send(withFiles(files)));
    chunksOf(await send(withFiles(files.slice(0, 1), "")));
    const { filename: _filename, ...unnamed } = files[1] ?? {};
    expect(given).toEqual([[files[0], unnamed], [files[0]]]);
    const { messages } = resultOf(await get(send, "/api/chat/s/messages")) as unknown as {
      readonly messages: readonly { readonly parts: unknown }[];
    };
    expect(messages[0]?.parts).toEqual([files[0], unnamed, { type: "text", text: "read this" }]);
    expect(messages[2]?.parts).toEqual([files[0]]);
  });

  test("are part of what an idempotency key stands for", async () => {
    await using replicas = await openReplicas(place);
    const component = defineComponent<string>({ run: async () => "read" });
    const { send } = replicas.add({ component });
    const keyed = (...files: readonly object[]) => {
      const request = withFiles(files);
      return send({ ...request, headers: { ...request.headers, "Idempotency-Key": "k" } });
    };
    const files = [file(3), file(4, { filename: "more.txt" })];
    const first = await keyed(...files);
    expect(first.status).toBe(200);
    const again = await keyed(...files);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    for (const others of [
      [],
      files.slice(0, 1),
      files.toReversed(),
      [file(3), file(5, { filename: "more.txt" })],
      [file(3), file(4, { filename: "other.txt" })],
      [file(3), file(4, { filename: "more.txt", mediaType: "text/csv" })],
    ]) {
      const other = await keyed(...others);
      expect([other.status, others.length]).toEqual([422, others.length]);
    }
  });
});

const cases: readonly (readonly [string, readonly object[], number, RegExp])[] = [
  [
    "a file elsewhere",
    [file(1, { url: "https://example.com/x" })],
    400,
    /^The url of a file must be the file itself, as data:text\/plain;base64,\.\.\., but it is "https/,
  ],
  ["a file that is no base64", [file(1, { url: "data:text/plain,x" })], 400, /^The url of a file/],
  ["a broken file", [file(1, { url: "data:text/plain;base64,a b" })], 400, /^The url of a file/],
  [
    "a file without a type",
    [file(1, { mediaType: undefined })],
    400,
    /^The mediaType of a file must be one such as image\/png, but it is nothing/,
  ],
  ["a type that is none", [file(1, { mediaType: "text" })], 400, /but it is "text"\./],
  ["a filename of a number", [file(1, { filename: 7 })], 400, /^The filename 7 is not a text/],
  ["a filename of two lines", [file(1, { filename: "a\nb" })], 400, /holds a control character/],
  [
    "too many files",
    [file(1), file(1), file(1)],
    400,
    /^The message has 3 files, more than the 2 that this service takes/,
  ],
  [
    "files that are too large",
    [file(600), file(401)],
    413,
    /^The files of the message have 1001 bytes together, more than the 1000 /,
  ],
  [
    "a file of another kind",
    [file(1, { mediaType: "image/gif", filename: "x.gif" })],
    415,
    /^The file "x\.gif" is of the type image\/gif, and this service takes text\/\*, \.PDF: send another/,
  ],
];

describe("attachments are refused", () => {
  const serve = (attachments: object) => {
    const runtime = new ChatRuntime({
      component: defineComponent<string>({ run: async () => "read" }),
      userSessionConfig: new MemoryStore(),
      logger: recordingLogger(),
      cookieSecret: "0123456789abcdef",
      page: { attachments },
    });
    return { runtime, send: inProcess(runtime.fetch) };
  };

  test.each(cases)("%s", async (_name, files, status, says) => {
    const { runtime, send } = serve({ maxBytes: 1000, maxCount: 2, accept: "text/*, .PDF" });
    await using _ = runtime;
    const response = await send(withFiles(files));
    expect([response.status, response.text]).toEqual([status, expect.stringMatching(says)]);
    expect((await get(send, "/api/chat/s/messages")).status).toBe(404);
  });

  test("where the page takes none", async () => {
    const { runtime, send } = serve({ maxCount: 0 });
    await using _ = runtime;
    const response = await send(withFiles([file(1)]));
    expect([response.status, response.text]).toEqual([
      400,
      "The message has files, and this service takes none: send its text alone.",
    ]);
  });

  test("and taken up to the very limit, whatever room a body has by default", async () => {
    const { runtime, send } = serve({ maxBytes: 6_000_000 });
    await using _ = runtime;
    const half = file(3_000_000, { mediaType: "application/pdf" });
    chunksOf(await send(withFiles([half, half])));
    expect((await send(withFiles([half, half, file(1)]))).status).toBe(413);
    const accepted = serve({ accept: "text/*, .PDF" });
    await using _other = accepted.runtime;
    chunksOf(
      await accepted.send(withFiles([file(1), file(1, { mediaType: "a/b", filename: "x.pdf" })])),
    );
  });
});
