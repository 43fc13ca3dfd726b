import type { Run, RunEnd } from "../../run/run.ts";
import { toRunStream } from "../run-stream.ts";
import { toStreamResponse } from "../run-response.ts";
import { atEnd, type Metadata } from "./metadata.ts";
import { toText } from "./ui-message.ts";

/** How a run is read as a stream of chunks. */
export interface ChunkStreamOptions {
  /** What the first chunk tells of the run. */
  readonly metadata: Metadata;
  /** Called when the reader has left before the end. */
  readonly onLeave?: (() => void) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A piece of the stream. */
type Chunk = { readonly type: string; readonly [field: string]: unknown };

/** The answer that carries a run as a stream of chunks, from its first to its last. */
export function toChunkResponse(
  run: Run,
  { metadata, onLeave, headers = {} }: ChunkStreamOptions,
): Response {
  const writer = new ChunkWriter(run.requestId, metadata);
  const stream = toRunStream(run, {
    begin: toEvents(writer.begin()),
    write: (event) =>
      event.type === "delta"
        ? toEvents(writer.say(toText(event.content)))
        : `${toEvents(writer.end(event))}data: [DONE]\n\n`,
    onLeave,
  });
  return toStreamResponse(run, stream, { ...headers, "X-Vercel-AI-UI-Message-Stream": "v1" });
}

/** Writes a run in chunks, which clients take only in their right order. */
class ChunkWriter {
  readonly #id: string;
  readonly #metadata: Metadata;
  #isSaying = false;

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
    if (text === "") return [];
    const start = this.#isSaying ? [] : [{ type: "text-start", id: "text" }];
    this.#isSaying = true;
    return [...start, { type: "text-delta", id: "text", delta: text }];
  }

  end(end: RunEnd): Chunk[] {
    const said = this.#isSaying ? [{ type: "text-end", id: "text" }] : [];
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
}

function toEvents(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
}
