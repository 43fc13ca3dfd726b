import { describe, expect, test } from "vitest";
import { toPart } from "../../src/session/turn-part.ts";

describe("the part that chunks make", () => {
  test("is none without chunks", () => {
    expect(toPart([])).toBeUndefined();
  });

  test("has the joined text, the id and the name of the answer, and the latest fields", () => {
    const part = toPart([
      { content: "海", fields: { id: "an id", name: "a name", usage: 1, extra: { a: 1 } } },
      { content: "", fields: {} },
      { content: "淀", fields: { usage: 2 } },
    ]);
    expect(JSON.stringify(part)).toBe(
      '{"content":"海淀","name":"a name","mtype":"str","id":"an id","usage":2,"extra":{"a":1}}',
    );
  });

  test("is a message also where the fields are those of its own parts", () => {
    const fields = JSON.parse(
      '{"content":1,"mtype":"dict","id":2,"name":null,"__proto__":{"a":1}}',
    ) as Record<string, never>;
    const part = toPart([{ content: "text", fields }]);
    expect(part?.content).toBe("text");
    expect(part?.mtype).toBe("str");
    expect(part?.id).toMatch(/^[\da-f-]{36}$/);
    expect(part?.name).toBe("msg");
    expect(Object.keys(part?.fields ?? {})).toEqual(["__proto__"]);
  });

  test("is text where it was cut within a character, and whole where two chunks have the halves", () => {
    const halves = ["\ud83d", "\ude00"];
    const chunks = halves.map((content) => ({ content, fields: {} }));
    expect(toPart(chunks)?.content).toBe("😀");
    expect(toPart(chunks.slice(0, 1))?.content).toBe("\ufffd");
  });
});
