import { randomUUID } from "node:crypto";
import type { Message } from "../../../src/message/message.ts";
import type { SessionRecord, TurnMessages } from "../../../src/session/session-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Messages that come back as something else. */
export const contentMutants: readonly StoreMutant[] = [
  {
    fault: "drops a turn's last message",
    caughtBy: "a turn is read as appendTurn answered it",
    Store: class extends SketchStore {
      override add(rows: readonly SketchRow[]): void {
        super.add(rows.slice(0, -1));
      }
    },
  },
  ...values({
    "cuts messages at a kibibyte": [
      "a message of a mebibyte comes back whole",
      (value) => (value.length > 1024 ? toJSON({ content: value.slice(0, 1024) }) : value),
    ],
    "loses characters of four bytes": [
      "texts come back to the character",
      (value) => value.replaceAll(/[\u{10000}-\u{10ffff}]/gu, "?"),
    ],
    "loses characters outside of Latin-1": [
      "texts come back to the character",
      (value) => Buffer.from(value, "latin1").toString("latin1"),
    ],
    "composes characters": ["texts come back to the character", (value) => value.normalize("NFC")],
    "cuts texts at NUL": [
      "texts come back to the character",
      (value) => value.replace(/\\u0000[^"]*/, ""),
    ],
    "trims texts": [
      "texts come back to the character",
      (value) => value.replace('"content":" ', '"content":"'),
    ],
    "sorts the keys of objects": [
      "objects keep the order of their keys, and every key",
      (value) => toJSON(sortKeys(JSON.parse(value))),
    ],
    "loses the key __proto__": [
      "objects keep the order of their keys, and every key",
      (value) => value.replaceAll(/"__proto__":(?:\[4\]|\{"c":3\}),?/g, "").replace(",}", "}"),
    ],
    "keeps numbers in single precision": [
      "content of every JSON type comes back as it was",
      (value) =>
        toJSON(
          JSON.parse(value, (_key, item: unknown) =>
            typeof item === "number" ? Math.fround(item) : item,
          ),
        ),
    ],
    "turns content into text": [
      "content of every JSON type comes back as it was",
      (value) => {
        const { content, ...rest } = JSON.parse(value) as { content: unknown };
        return toJSON({
          content: typeof content === "string" ? content : toJSON(content),
          ...rest,
        });
      },
    ],
    "takes null for no content": [
      "content of every JSON type comes back as it was",
      (value) => value.replace('"content":null', '"content":""'),
    ],
    "loses a message's fields": [
      "a message keeps its id, its name and its fields",
      (value) => {
        const { content, name, id } = JSON.parse(value) as Record<string, unknown>;
        return toJSON({ content, name, id });
      },
    ],
    "gives messages new ids": [
      "a turn is read as appendTurn answered it",
      (value) => toJSON({ ...(JSON.parse(value) as object), id: randomUUID() }),
    ],
  }),
  {
    fault: "keeps no more than 50 messages of a turn",
    caughtBy: "a turn has as many messages as it likes",
    Store: class extends SketchStore {
      override add(rows: readonly SketchRow[]): void {
        super.add(rows.slice(0, 50));
      }
    },
  },
];

function values(
  changes: Readonly<Record<string, readonly [string, (value: string) => string]>>,
): readonly StoreMutant[] {
  return Object.entries(changes).map(([fault, [caughtBy, change]]) => ({
    fault,
    caughtBy,
    Store: class extends SketchStore {
      override toValue(message: Message): string {
        return change(super.toValue(message));
      }
      // The records are answered as they were meant, so that the fault shows on reading alone.
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        const records = await super.appendTurn(turn);
        return records.map((record, index) =>
          Object.assign(record, { message: turn.messages[index]?.message ?? record.message }),
        );
      }
    },
  }));
}

function toJSON(value: unknown): string {
  return JSON.stringify(value);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const sorted: [string, unknown][] = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, item]) => [key, sortKeys(item)]);
  return Object.fromEntries(sorted);
}
