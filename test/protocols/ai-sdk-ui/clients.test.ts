import * as ai5 from "ai-5";
import * as ai6 from "ai-6";
import * as ai7 from "ai-7";
import { defineComponent, type MessageSource, UserSession } from "turnkeep";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inProcess } from "../../helpers/http-client.ts";
import {
  controlledComponent,
  echo,
  openReplicas,
  type Replica,
  type Replicas,
} from "../replicas.ts";
import { get, historyOf, post, resultOf, stateOf } from "../run-requests.ts";

// What the versions have in common is typed as the newest has it.
const clients = [
  { version: 5, client: ai5 as unknown as typeof ai7 },
  { version: 6, client: ai6 as unknown as typeof ai7 },
  { version: 7, client: ai7 },
];

/** An answer with everything that stands beside a text. */
const everything: readonly MessageSource[] = [
  { type: "reasoning", text: "Let me " },
  { type: "reasoning", text: "see." },
  { type: "tool", id: "1", name: "search", input: { q: "海淀" } },
  { type: "tool", id: "2", name: "map" },
  { type: "tool", id: "1", output: { area: 431 } },
  { type: "tool", id: "2", error: "no map" },
  "海淀区的面积",
  { type: "source", url: "https://example.com/haidian", title: "Haidian" },
  "是431平方公里。",
  { type: "source", mediaType: "application/pdf", filename: "map.pdf", title: "Map" },
  { type: "data", name: "chart", id: "a", data: { rows: 1 } },
  { type: "data", name: "chart", id: "a", data: { rows: 2 } },
  { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==", filename: "map.png" },
  { type: "file", mediaType: "text/csv", url: "data:text/csv;base64,AA==" },
];

describe.each(clients)("the client ai $version, unmodified,", ({ version, client }) => {
  let replicas: Replicas;
  let opened: AsyncDisposableStack;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    replicas = opened.use(await openReplicas("in SQLite"));
  });
  afterEach(() => opened.disposeAsync());

  /** The client of one server, reached through a socket. */
  async function connect({ runtime }: Replica) {
    const server = await runtime.serve({ port: 0 });
    opened.defer(() => server[Symbol.asyncDispose]());
    const api = `http://127.0.0.1:${server.port}/api/chat`;
    return new client.DefaultChatTransport<ai7.UIMessage>({ api });
  }

  /** The client's own conversation, kept as plainly as can be. */
  class Conversation extends client.AbstractChat<ai7.UIMessage> {
    constructor(init: Pick<ai7.ChatInit<ai7.UIMessage>, "id" | "transport">) {
      super({ ...init, state: plainState() });
    }
  }

  const send = (
    transport: ai7.DefaultChatTransport<ai7.UIMessage>,
    text: string,
    changes: {
      readonly files?: readonly ai7.FileUIPart[];
      readonly abortSignal?: AbortSignal;
    } = {},
  ) =>
    transport.sendMessages({
      trigger: "submit-message",
      chatId: "s",
      messageId: undefined,
      messages: [
        { id: "question", role: "user", parts: [...(changes.files ?? []), { type: "text", text }] },
      ],
      abortSignal: changes.abortSignal,
    });

  /** The message that a stream says, as the client builds it. */
  async function read(
    stream: ReadableStream<ai7.UIMessageChunk>,
    onState?: (message: ai7.UIMessage) => Promise<void>,
  ): Promise<ai7.UIMessage> {
    let message: ai7.UIMessage | undefined;
    for await (const state of client.readUIMessageStream({ stream, terminateOnError: true })) {
      message = state;
      await onState?.(state);
    }
    if (message === undefined) throw new Error("The stream says no message.");
    return message;
  }

  const textOf = ({ parts }: ai7.UIMessage): string =>
    parts.map((part) => (part.type === "text" ? part.text : "")).join("");

  test("sends a message, and reads its answer", async () => {
    const replica = replicas.add({ component: echo });
    const message = await read(await send(await connect(replica), "one two"));
    expect([message.role, textOf(message)]).toEqual(["assistant", "one two"]);
    expect(message.metadata).toMatchObject({ requestId: message.id, state: "complete" });
    expect(await historyOf(replica.send, "s")).toEqual([
      ["query", "one two"],
      ["answer", "one two"],
    ]);
  });

  test("has an answer made anew, and changes a message", async () => {
    const replica = replicas.add({ component: echo });
    const transport = await connect(replica);
    const chat = new Conversation({ id: "s", transport });
    await chat.sendMessage({ text: "one" });
    const first = chat.lastMessage?.id;
    await chat.regenerate();
    const second = chat.lastMessage?.id;
    expect(chat.lastMessage?.metadata).toMatchObject({
      versions: { index: 1, ids: [first, second] },
      state: "complete",
    });
    const question = chat.messages[0]?.id ?? "";
    await chat.sendMessage({ text: "other", messageId: question });
    expect(chat.messages.map(textOf)).toEqual(["other", "other"]);
    expect(chat.lastMessage?.metadata).toMatchObject({
      versions: { index: 2, ids: [first, second, chat.lastMessage?.id] },
    });
    await chat.regenerate({ messageId: chat.lastMessage?.id ?? "" });
    expect(chat.lastMessage?.metadata).toMatchObject({ versions: { index: 3 } });
    expect(await historyOf(replica.send, "s")).toEqual([
      ["query", "other"],
      ["answer", "other"],
    ]);
  });

  test("reads everything that stands beside a text, as the session keeps it", async () => {
    const replica = replicas.add({
      component: defineComponent<string>({
        async *run() {
          yield* everything;
        },
      }),
    });
    const { parts } = await read(await send(await connect(replica), "q"));
    const listed = resultOf(await get(replica.send, "/api/chat/s/messages"))[
      "messages"
    ] as readonly { readonly parts: readonly object[] }[];
    const told = JSON.parse(JSON.stringify(parts)) as readonly { readonly type: string }[];
    // A file's name comes beside it while it is told, which the oldest client does not keep.
    const kept = (listed[1]?.parts ?? []).map((part) => {
      if (!("filename" in part) || !("url" in part)) return part;
      const { filename, ...unnamed } = part;
      const providerMetadata = { turnkeep: { filename } };
      return version === 5 ? unnamed : Object.assign(unnamed, { providerMetadata });
    });
    expect(told.slice(1)).toMatchObject(kept);
    expect(told.map(({ type }) => type)).toEqual([
      "step-start",
      "reasoning",
      "tool-search",
      "tool-map",
      "text",
      "source-url",
      "source-document",
      "data-chart",
      "file",
      "file",
    ]);
  });

  test("brings files to the component", async () => {
    const given: unknown[] = [];
    const component = defineComponent<string>({
      async *run(message) {
        given.push([message.content, message.parts]);
        await new UserSession().append({ query: message });
        yield "seen";
      },
    });
    const file = {
      type: "file",
      mediaType: "text/plain",
      url: "data:text/plain;base64,YQ==",
    } as const;
    const transport = await connect(replicas.add({ component }));
    await read(await send(transport, "Read this", { files: [{ ...file, filename: "a.txt" }] }));
    expect(given).toEqual([["Read this", [{ ...file, filename: "a.txt" }]]]);
  });

  test("goes on with an answer in its middle, at another server", async () => {
    const { component, source } = controlledComponent();
    const first = replicas.add({ component });
    const second = replicas.add({ component });
    const [transport, other] = [await connect(first), await connect(second)];
    expect(await other.reconnectToStream({ chatId: "s" })).toBe(null);
    source("q").give("one ");
    const leaving = new AbortController();
    await send(transport, "q", { abortSignal: leaving.signal });
    leaving.abort();
    const stream = await other.reconnectToStream({ chatId: "s" });
    if (stream === null) throw new Error("Nothing runs.");
    source("q").give("two");
    source("q").end();
    expect(textOf(await read(stream))).toBe("one two");
    expect(await other.reconnectToStream({ chatId: "s" })).toBe(null);
  });

  test("reads what was said until it was stopped", async () => {
    const { component, source } = controlledComponent();
    const replica = replicas.add({ component });
    source("q").give("said");
    const stream = await send(await connect(replica), "q");
    const message = await read(stream, async (state) => {
      if (textOf(state) === "said") await post(replica.send, "/api/chat/s/stop");
    });
    expect(textOf(message)).toBe("said");
    expect(message.metadata).toMatchObject({ state: "stopped" });
    expect(await stateOf(inProcess(replica.runtime.fetch), message.id)).toBe("stopped");
  });

  test("is told why an answer failed, and why a message was refused", async () => {
    const { component, source } = controlledComponent();
    const transport = await connect(replicas.add({ component, bodyLimit: 2_000 }));
    source("q").give("part");
    source("q").fail(new Error("a secret"));
    await expect(send(transport, "q").then(read)).rejects.toThrow(
      /^InternalServerError: the component failed\. The service's log has the details under/,
    );
    await expect(send(transport, "long ".repeat(1_000))).rejects.toThrow(/larger than 2000 bytes/);
  });
});

/** What a conversation of the client keeps its messages in. */
function plainState(): ai7.ChatState<ai7.UIMessage> {
  return {
    status: "ready",
    error: undefined,
    messages: [],
    pushMessage(message) {
      this.messages = [...this.messages, message];
    },
    popMessage() {
      this.messages = this.messages.slice(0, -1);
    },
    replaceMessage(index, message) {
      this.messages = this.messages.with(index, message);
    },
    snapshot: (value) => structuredClone(value),
  };
}
