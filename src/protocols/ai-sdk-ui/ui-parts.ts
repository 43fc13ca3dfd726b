import type { JSONValue } from "../../json.ts";
import type { MessagePart, SourcePart, ToolPart } from "../../message/message-part.ts";
import { toTextPieces } from "../../message/message-pieces.ts";

/** A part of a message as this wire has it. */
export type UIPart = { readonly type: string; readonly [key: string]: JSONValue };

/** Whether a part stands beside the text, which goes on as if it were not there. */
export function isAside({ type }: MessagePart): boolean {
  return type === "source";
}

/** The parts of a message of this text, in the order in which a stream of it tells them. */
export function toUIParts(text: string, parts: readonly MessagePart[]): readonly UIPart[] {
  const shown: UIPart[] = [];
  /** The text that goes on, and where it stands. */
  let said = { text: "", place: -1 };
  let sources = 0;
  for (const { content, part } of toTextPieces(text, {}, parts, 0)) {
    if (content !== "") {
      if (said.text === "") said.place = shown.length;
      said.text += content;
      shown[said.place] = { type: "text", text: said.text };
    }
    if (part === undefined) continue;
    if (part.type === "source") sources += 1;
    if (!isAside(part)) said = { text: "", place: -1 };
    shown.push(toUIPart(part, sources));
  }
  return shown;
}

/** A source as this wire has it, also as a chunk of a stream. */
export function toSource(
  { url, title, mediaType = "application/octet-stream", filename }: SourcePart,
  number: number,
): UIPart {
  const sourceId = `source-${number}`;
  if (url !== undefined) {
    return { type: "source-url", sourceId, url, ...(title !== undefined && { title }) };
  }
  return {
    type: "source-document",
    sourceId,
    mediaType,
    title: title ?? filename ?? mediaType,
    ...(filename !== undefined && { filename }),
  };
}

function toUIPart(part: MessagePart, source: number): UIPart {
  switch (part.type) {
    case "reasoning":
      return { type: "reasoning", text: part.text, state: "done" };
    case "tool":
      return toTool(part);
    case "source":
      return toSource(part, source);
    case "file": {
      const { mediaType, url, filename } = part;
      return { type: "file", mediaType, url, ...(filename !== undefined && { filename }) };
    }
    case "data": {
      const { name, id, data } = part;
      return { type: `data-${name}`, ...(id !== undefined && { id }), data };
    }
  }
}

function toTool({ id, name = "tool", input, output, error }: ToolPart): UIPart {
  const call = { type: `tool-${name}`, toolCallId: id };
  if (error !== undefined) {
    return { ...call, state: "output-error", input: input ?? {}, errorText: error };
  }
  if (output !== undefined) {
    return { ...call, state: "output-available", input: input ?? {}, output };
  }
  return input === undefined
    ? { ...call, state: "input-streaming" }
    : { ...call, state: "input-available", input };
}
