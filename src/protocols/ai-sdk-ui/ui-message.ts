import { isJSONObject, type JSONValue } from "../../json.ts";
import type { Message } from "../../message/message.ts";
import type { TurnRecord } from "../../session/turn-store.ts";
import { type Metadata, ofTurn } from "./metadata.ts";
import { toUIParts, type UIPart } from "./ui-parts.ts";

/** A message as this wire has it. */
export interface UIMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly metadata: Metadata;
  readonly parts: readonly UIPart[];
}

/** A content as text: what is none stands in a block of JSON. */
export function toText(content: unknown): string {
  return typeof content === "string"
    ? content
    : `\`\`\`json\n${JSON.stringify(content, undefined, 2)}\n\`\`\``;
}

/** The text of a message that a client sent: that of its text parts. */
export function textOf(parts: readonly JSONValue[]): string {
  const texts = parts.map((part) => {
    const isText = isJSONObject(part) && part["type"] === "text";
    return isText && typeof part["text"] === "string" ? part["text"] : undefined;
  });
  return texts.filter((text) => text !== undefined).join("\n");
}

/** A turn's question, and its answer where it has ended. */
export function toUIMessages(turn: TurnRecord): readonly UIMessage[] {
  const metadata = ofTurn(turn);
  const question: UIMessage = {
    id: turn.question.id,
    role: "user",
    metadata,
    parts: toParts(turn.question),
  };
  if (turn.endedAt === undefined) return [question];
  const parts = turn.answer === undefined ? [] : toParts(turn.answer);
  return [question, { id: turn.requestId, role: "assistant", metadata, parts }];
}

function toParts({ content, parts }: Message): UIMessage["parts"] {
  if (typeof content === "string") return toUIParts(content, parts);
  return [...toUIParts("", parts), ...toUIParts(toText(content), [])];
}
