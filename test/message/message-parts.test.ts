import { Message, type MessagePart, MessageStream } from "turnkeep";
import { describe, expect, test } from "vitest";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const parts: readonly MessagePart[] = [
  { type: "reasoning", text: "Let me see." },
  { type: "tool", id: "1", name: "search", input: { q: "海淀" }, output: [431], at: 3 },
  { type: "source", url: "https://example.com/", title: "Haidian", at: 3 },
  { type: "source", mediaType: "application/pdf", filename: "map.pdf", at: 3 },
  { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==", at: 3 },
  { type: "data", name: "chart", data: [1, null], at: 5 },
];

const wrong: readonly (readonly [unknown, ...string[]])[] = [
  [null, "has the type reasoning, tool, source, file, data"],
  [{ type: "text", text: "x" }, 'but one has "text"'],
  [{ type: "toString" }, 'but one has "toString"'],
  [{ type: "reasoning" }, "A part of the type reasoning is { text }"],
  [{ type: "reasoning", text: "x", more: 1 }, "but one is { type, text, more }"],
  [{ type: "reasoning", text: 1 }, "reasoning is { text }"],
  [{ type: "tool", name: "x" }, "tool is { id, name, input?, output?, error? }"],
  [{ type: "tool", id: "1", name: "a b" }, "tool is"],
  [{ type: "tool", id: "", name: "a" }, "tool is"],
  [{ type: "source", title: "x" }, "source is { url, title? } or { mediaType"],
  [{ type: "source", url: "a", mediaType: "b/c" }, "source is"],
  [{ type: "file", url: "data:," }, "file is { mediaType, url, filename? }"],
  [{ type: "data", name: "海", data: 1 }, "data is { name, data, id? }"],
  [{ type: "data", name: "x" }, "data is"],
  [{ type: "data", name: "x", data: 1n }, "A message's part must be JSON: part.data is a bigint"],
  [{ type: "data", name: "x", data: 1, at: -1 }, "data is"],
];

describe("the parts of a message", () => {
  test("are a field of its JSON, and are read from it", () => {
    const message = new Message("海淀区的面积", { parts, fields: { extra: 1 } });
    expect(message.parts).toEqual(parts);
    const json = JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(["content", "name", "mtype", "id", "extra", "parts"]);
    expect(json["parts"]).toEqual(parts);
    expect(Message.fromJSON(json).parts).toEqual(parts);
    expect(JSON.stringify(Message.fromJSON(json))).toBe(JSON.stringify(message));
  });

  test("are no field where there are none", () => {
    const message = new Message("text", { id: "i", parts: [] });
    expect(JSON.stringify(message)).toBe('{"content":"text","name":"msg","mtype":"str","id":"i"}');
    expect(message.parts).toEqual([]);
  });

  test("are copies that nothing changes", () => {
    const input = { list: [1] };
    const message = new Message("", { parts: [{ type: "tool", id: "1", name: "x", input }] });
    input.list.push(2);
    expect(message.parts).toEqual([{ type: "tool", id: "1", name: "x", input: { list: [1] } }]);
    expect(Object.isFrozen(message.parts[0])).toBe(true);
  });

  test.each([
    ["a text", []],
    [{ 0: parts[0] }, []],
    [[parts[0], "x", null, { type: "else" }, { type: "file" }], [parts[0]]],
  ])("leave out what others wrote and is none, in %j", (field, read) => {
    const message = new Message("text", { fields: { parts: field } });
    expect(message.parts).toEqual(read);
    expect(message.fields["parts"]).toEqual(field);
  });

  test.each(wrong)("are refused where one is %o", (...given) => {
    const [part, ...says] = given as unknown as (typeof wrong)[number];
    expect(() => new Message("", { parts: [part as MessagePart] })).toThrow(
      turnkeepError("message_invalid", ...says),
    );
  });
});

describe("the parts of a stream", () => {
  test("stand where they were told, pieces of one joined", async () => {
    const stream = MessageStream.from([
      { type: "reasoning", text: "Let me " },
      { type: "reasoning", text: "see." },
      "海淀",
      { content: "区", part: { type: "tool", id: "1", name: "search", input: { q: 1 } } },
      { type: "data", name: "chart", id: "a", data: 1 },
      "的",
      { type: "tool", id: "1", output: [431] },
      { type: "reasoning", text: "Now I know." },
      { content: "面积", fields: { extra: 1 } },
      { type: "data", name: "chart", id: "a", data: 2 },
      { type: "data", name: "chart", data: 3 },
      { type: "data", name: "chart", data: 4 },
    ]);
    const seen: unknown[] = [];
    for await (const delta of stream) seen.push(delta);
    expect(seen.slice(0, 4)).toEqual([
      { content: "", part: { type: "reasoning", text: "Let me " } },
      { content: "", part: { type: "reasoning", text: "see." } },
      { content: "海淀" },
      { content: "区", part: { type: "tool", id: "1", name: "search", input: { q: 1 } } },
    ]);
    const message = await stream.finalMessage();
    expect(message.content).toBe("海淀区的面积");
    expect(message.fields["extra"]).toBe(1);
    expect(message.parts).toEqual([
      { type: "reasoning", text: "Let me see." },
      { type: "tool", id: "1", name: "search", input: { q: 1 }, output: [431], at: 3 },
      { type: "data", name: "chart", id: "a", data: 2, at: 3 },
      { type: "reasoning", text: "Now I know.", at: 4 },
      { type: "data", name: "chart", data: 3, at: 6 },
      { type: "data", name: "chart", data: 4, at: 6 },
    ]);
  });

  test("have whole characters, also where thinking came cut within one", async () => {
    const pieces = ["\ud83d", "\ude00", " and \ud83d"].map((text): MessagePart => ({
      type: "reasoning",
      text,
    }));
    const {
      parts: [part],
    } = await MessageStream.from(pieces).finalMessage();
    expect(part).toEqual({ type: "reasoning", text: "😀 and \ufffd" });
  });

  test.each(wrong.slice(1))("end it where one is %o", async (...given) => {
    const [part, ...says] = given as unknown as (typeof wrong)[number];
    const stream = MessageStream.from(["a", part as MessagePart]);
    await expect(stream.finalMessage()).rejects.toEqual(turnkeepError("message_invalid", ...says));
  });

  test("end it where a call of a tool has no name at first", async () => {
    const stream = MessageStream.from([{ type: "tool", id: "1", output: 1 }]);
    await expect(stream.finalMessage()).rejects.toEqual(
      turnkeepError("message_invalid", 'The call "1" of a tool is told of without a name'),
    );
  });
});
