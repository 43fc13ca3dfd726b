import * as fc from "fast-check";
import { isMessage, isMessageStream, Message, type MessageFields, MessageStream } from "turnkeep";
import { describe, expect, test, vi } from "vitest";
import { parseJSON } from "../../src/json.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("a message", () => {
  test("has a new UUID for its id and the name msg, unless it is given others", () => {
    const message = new Message("hello");
    expect(message.id).toMatch(uuid);
    expect(new Message("hello").id).not.toBe(message.id);
    expect(message.name).toBe("msg");
    expect(new Message("hello", { id: "7", name: "answer" })).toMatchObject({
      id: "7",
      name: "answer",
    });
  });

  test("is JSON with its keys in AppBuilder's order, then the fields in theirs", () => {
    const fields = { extra: {}, token_usage: { total_tokens: 3 }, a: 1 };
    const message = new Message("海淀区", { id: "7", fields });
    expect(JSON.stringify(message)).toBe(
      '{"content":"海淀区","name":"msg","mtype":"str","id":"7","extra":{},"token_usage":{"total_tokens":3},"a":1}',
    );
    expect(Object.keys(message.toJSON()).join(" ")).toBe(
      "content name mtype id extra token_usage a",
    );
  });

  test.each([
    ["str", "text"],
    ["str", ""],
    ["int", 1],
    ["int", -0],
    ["int", 1e21],
    ["float", 1.5],
    ["bool", false],
    ["list", []],
    ["dict", { a: 1 }],
    ["NoneType", null],
  ])("has the mtype %s for %j", (mtype, content) => {
    const message = new Message(content);
    expect(message.mtype).toBe(mtype);
    expect(message.toJSON()["mtype"]).toBe(mtype);
  });
});

describe("a message is immutable", () => {
  test("through and through", () => {
    const message = new Message({ list: [{ a: 1 }] }, { fields: { extra: { b: [2] } } });
    expect(() => Object.assign(message, { content: "other" })).toThrow(TypeError);
    expect(() => Object.assign(message.content, { more: 1 })).toThrow(TypeError);
    expect(() => message.content.list.push({ a: 2 })).toThrow(TypeError);
    expect(() => Object.assign(message.content.list[0] ?? {}, { a: 2 })).toThrow(TypeError);
    expect(() => Object.assign(message.fields, { more: 1 })).toThrow(TypeError);
    expect(() => Object.assign(message.fields["extra"] as object, { b: 3 })).toThrow(TypeError);
    expect(message.content).toEqual({ list: [{ a: 1 }] });
  });

  test("also where the caller changes what it gave", () => {
    const content = { list: [1], object: { a: 1 } };
    const fields = { extra: { tools: ["search"] } };
    const message = new Message(content, { fields });
    content.list.push(2);
    content.object.a = 2;
    fields.extra.tools.length = 0;
    expect(message.content).toEqual({ list: [1], object: { a: 1 } });
    expect(message.fields).toEqual({ extra: { tools: ["search"] } });
  });

  test("and leaves what the caller gave as it was", () => {
    const content = { list: [1] };
    expect(new Message(content).content).not.toBe(content);
    content.list.push(2);
    expect(content).toEqual({ list: [1, 2] });
  });

  test("also where the JSON it gives out is changed", () => {
    const message = new Message("a", { fields: { extra: 1 } });
    Object.assign(message.toJSON(), { content: "b", extra: 2 });
    expect(message.toJSON()).toMatchObject({ content: "a", extra: 1 });
  });
});

describe("what is refused", () => {
  test.each([
    ["undefined", undefined, "content is nothing (undefined)"],
    ["NaN", { score: Number.NaN }, "content.score is NaN"],
    ["a Date", { at: new Date(0) }, "content.at is an object of class Date"],
    ["a Map", [new Map()], "content[0] is an object of class Map"],
    ["a bigint", 1n, "content is a bigint"],
    ["a function", { f: () => 1 }, "content.f is a function"],
    ["half of a surrogate pair", "a\ud83d", "content holds half of a surrogate pair"],
    ["a promise", Promise.resolve("text"), "content is an object of class Promise"],
    ["a message in a message", [new Message("a")], "content[0] is an object of class Message"],
  ])("%s as content, with the path", (_name, content, part) => {
    expect(() => new Message<unknown>(content)).toThrow(turnkeepError("message_invalid", part));
  });

  test("a cycle, and nesting beyond 200 levels", () => {
    const cycle: Record<string, unknown> = {};
    cycle["again"] = cycle;
    const refused = turnkeepError("message_invalid", "nests deeper than 200 levels");
    expect(() => new Message(cycle)).toThrow(refused);
    expect(() => new Message("", { fields: { cycle } })).toThrow(refused);
  });

  test.each<readonly [string, unknown, string]>([
    ["not JSON", { at: new Date(0) }, "fields.at is an object of class Date"],
    ["a list", [1], "fields must be an object { name: value }, but they are a list of 1"],
    ["null", null, "fields must be an object { name: value }, but they are null"],
    ["a text", "extra", 'fields must be an object { name: value }, but they are "extra"'],
  ])("fields that are %s", (_name, fields, part) => {
    const options = { fields: fields as MessageFields };
    expect(() => new Message("", options)).toThrow(turnkeepError("message_invalid", part));
  });

  test.each(["content", "name", "mtype", "id"])("a field called %s", (name) => {
    expect(() => new Message("", { fields: { [name]: "x" } })).toThrow(
      turnkeepError("message_invalid", `"${name}"`, "Choose another name"),
    );
  });

  test.each<readonly [string, unknown, string]>([
    ["an id that is a number", { id: 7 }, "id must be a text of whole characters, but it is 7"],
    ["a name that is null", { name: null }, "name must be a text of whole characters"],
    ["an id with half of a surrogate pair", { id: "\ud83d" }, "id must be a text of whole"],
  ])("%s", (_name, options, part) => {
    expect(() => new Message("", options as { id: string })).toThrow(
      turnkeepError("message_invalid", part),
    );
  });

  test("properties that are undefined are not: they are left out", () => {
    const message = new Message({ a: undefined, b: 1 }, { fields: { extra: undefined } });
    expect(message.content).toStrictEqual({ b: 1 });
    expect(message.fields).toStrictEqual({});
  });

  test("a field or a key called __proto__ is not: it is kept, and changes no prototype", () => {
    const data = JSON.parse('{"__proto__":{"admin":true}}') as MessageFields;
    const message = new Message(data, { fields: data });
    expect((message.content as { admin?: boolean }).admin).toBeUndefined();
    expect((message.toJSON() as { admin?: boolean }).admin).toBeUndefined();
    expect(JSON.stringify(message)).toContain('"content":{"__proto__":{"admin":true}}');
    expect(Message.fromJSON(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });
});

describe("fromJSON", () => {
  test("reads a model's answer as Python stored it, whatever its mtype says", () => {
    const row = {
      content: "你好",
      name: "msg",
      mtype: "dict",
      id: "0fc6c5f7-23bf-4f25-8555-69b4155908b7",
      extra: {},
      token_usage: { prompt_tokens: 2, completion_tokens: 42, total_tokens: 44 },
    };
    const message = Message.fromJSON(row);
    expect(message.mtype).toBe("str");
    expect(message.fields).toEqual({ extra: {}, token_usage: row.token_usage });
    expect(message.toJSON()).toEqual({ ...row, mtype: "str" });
  });

  test.each([
    ["absent", {}],
    ["null", { name: null, id: null }],
    ["not texts", { name: 1, id: ["7"] }],
  ])("gives name and id their defaults where they are %s", (_name, parts) => {
    const message = Message.fromJSON({ content: null, ...parts });
    expect(message.name).toBe("msg");
    expect(message.id).toMatch(uuid);
    expect(message.fields).toEqual({});
    expect(message.content).toBeNull();
  });

  test.each([
    ["null", null, "null"],
    ["a text", "hello", '"hello"'],
    ["a list", [{ content: "a" }], "a list of 1"],
    ["an object without content", { name: "msg" }, "an object"],
  ])("refuses %s", (_name, value, part) => {
    expect(() => Message.fromJSON(value)).toThrow(
      turnkeepError("message_invalid", 'the key "content"', part),
    );
  });

  test("refuses an object whose content is not JSON", () => {
    expect(() => Message.fromJSON({ content: new Date(0) })).toThrow(
      turnkeepError("message_invalid", "content is an object of class Date"),
    );
  });

  test("gives back every message, through JSON.stringify and a parser, as it was", () => {
    const field = fc
      .string({ unit: "binary" })
      .filter((name) => !/^(content|name|mtype|id)$/.test(name));
    const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 4 });
    fc.assert(
      fc.property(
        json,
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.dictionary(fc.oneof(field, fc.constant("__proto__")), json, { maxKeys: 4 }),
        (content, id, name, fields) => {
          const message = new Message(content, { id, name, fields });
          const text = JSON.stringify(message);
          const again = Message.fromJSON(parseJSON(text, "row"));
          expect(again).toStrictEqual(message);
          expect(again.mtype).toBe(message.mtype);
          expect(JSON.stringify(again)).toBe(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("across copies of the package", () => {
  test("a message and a stream are known, and nothing else is", async () => {
    vi.resetModules();
    const copy = await import("turnkeep");
    expect(copy.Message).not.toBe(Message);
    expect(isMessage(new copy.Message("a"))).toBe(true);
    expect(copy.isMessage(new Message("a"))).toBe(true);
    expect(isMessageStream(copy.MessageStream.from(["a"]))).toBe(true);
    expect(copy.isMessageStream(MessageStream.from(["a"]))).toBe(true);
    for (const other of [null, undefined, "a", 1, {}, { content: "a" }, [], () => "a"]) {
      expect(isMessage(other)).toBe(false);
      expect(isMessageStream(other)).toBe(false);
    }
    expect(isMessage(MessageStream.from([]))).toBe(false);
    expect(isMessageStream(new Message("a"))).toBe(false);
  });
});
