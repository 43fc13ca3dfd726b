import type { JSONValue } from "../../json.ts";
import type { FilePart, MessagePart, ToolPart } from "../../message/message-part.ts";
import { PartList } from "../../message/part-list.ts";
import type { RunEnd } from "../../run/run.ts";
import { atEnd, type Metadata } from "./metadata.ts";
import { isAside, toSource } from "./ui-parts.ts";

/** A piece of the stream. */
export type Chunk = { readonly type: string; readonly [field: string]: unknown };

/** Writes a run in chunks, which clients take only in their right order, and without other fields. */
export class ChunkWriter {
  readonly #id: string;
  readonly #metadata: Metadata;
  /** What is being told in pieces, and the id that it has. */
  #open: { readonly type: "text" | "reasoning"; readonly id: string } | undefined;
  readonly #told = new PartList();
  readonly #inputs = new Set<string>();
  readonly #counts = { text: 0, reasoning: 0, source: 0 };

  constructor(id: string, metadata: Metadata) {
    this.#id = id;
    this.#metadata = metadata;
  }

  begin(): Chunk[] {
    return [
      { type: "start", messageId: this.#id, messageMetadata: this.#metadata },
      { type: "start-step" },
    ];
  }

  say(text: string): Chunk[] {
    return text === "" ? [] : this.#say("text", text);
  }

  /** Tells a part, or more of one. */
  tell(part: MessagePart): Chunk[] {
    if (part.type === "reasoning") {
      return part.text === "" ? [] : this.#say("reasoning", part.text);
    }
    const isUpdate = this.#told.isUpdate(part);
    this.#told.add(part, 0);
    const before = isUpdate || isAside(part) ? [] : this.#close();
    return [...before, ...this.#toChunks(part)];
  }

  end(end: RunEnd): Chunk[] {
    const said = this.#close();
    const messageMetadata = atEnd(this.#metadata, end);
    if (end.type === "run-error") {
      return [
        ...said,
        // Clients read no further than an error.
        { type: "message-metadata", messageMetadata },
        { type: "error", errorText: end.failure.message },
      ];
    }
    return [
      ...said,
      { type: "finish-step" },
      ...(end.state === "stopped" ? [{ type: "abort" }] : []),
      { type: "finish", messageMetadata },
    ];
  }

  #say(type: "text" | "reasoning", delta: string): Chunk[] {
    const before = this.#open?.type === type ? [] : [...this.#close(), this.#begin(type)];
    return [...before, { type: `${type}-delta`, id: this.#open?.id, delta }];
  }

  #begin(type: "text" | "reasoning"): Chunk {
    this.#counts[type] += 1;
    const count = this.#counts[type];
    const id = count === 1 ? type : `${type}-${count}`;
    this.#open = { type, id };
    return { type: `${type}-start`, id };
  }

  #close(): Chunk[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : [{ type: `${open.type}-end`, id: open.id }];
  }

  #toChunks(part: Exclude<MessagePart, { readonly type: "reasoning" }>): Chunk[] {
    switch (part.type) {
      case "tool":
        return this.#toToolChunks(part);
      case "source":
        this.#counts.source += 1;
        return [toSource(part, this.#counts.source)];
      case "file":
        return [toFile(part)];
      case "data": {
        const { name, id, data } = part;
        return [{ type: `data-${name}`, ...(id === undefined ? {} : { id }), data }];
      }
    }
  }

  #toToolChunks({ id, name, input, output, error }: ToolPart): Chunk[] {
    const chunks: Chunk[] = [];
    const call = { toolCallId: id };
    const tool = { ...call, toolName: this.#told.nameOfTool(id) ?? name };
    const isDone = output !== undefined || error !== undefined;
    // Clients know a call by its input: one without any has none.
    const given: JSONValue | undefined =
      input ?? (isDone && !this.#inputs.has(id) ? {} : undefined);
    if (given !== undefined) {
      this.#inputs.add(id);
      chunks.push({ type: "tool-input-available", ...tool, input: given });
    } else if (name !== undefined && !isDone) {
      chunks.push({ type: "tool-input-start", ...tool });
    }
    if (error !== undefined) chunks.push({ type: "tool-output-error", ...call, errorText: error });
    else if (output !== undefined) chunks.push({ type: "tool-output-available", ...call, output });
    return chunks;
  }
}

/** A chunk of a file has no place for its name, but one for whatever its sender says of it. */
function toFile({ url, mediaType, filename }: FilePart): Chunk {
  const chunk = { type: "file", url, mediaType };
  return filename === undefined
    ? chunk
    : { ...chunk, providerMetadata: { turnkeep: { filename } } };
}
