import type { Run } from "../../run/run.ts";
import { toRunStream } from "../run-stream.ts";
import { toStreamResponse } from "../run-response.ts";
import { type Chunk, ChunkWriter } from "./chunk-writer.ts";
import type { Metadata } from "./metadata.ts";
import { toText } from "./ui-message.ts";

/** How a run is read as a stream of chunks. */
export interface ChunkStreamOptions {
  /** What the first chunk tells of the run. */
  readonly metadata: Metadata;
  /** Called when the reader has left before the end. */
  readonly onLeave?: (() => void) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The answer that carries a run as a stream of chunks, from its first to its last. */
export function toChunkResponse(
  run: Run,
  { metadata, onLeave, headers = {} }: ChunkStreamOptions,
): Response {
  const writer = new ChunkWriter(run.requestId, metadata);
  const stream = toRunStream(run, {
    begin: toEvents(writer.begin()),
    write: (event) => {
      if (event.type !== "delta") return `${toEvents(writer.end(event))}data: [DONE]\n\n`;
      const { content, part } = event;
      return toEvents([
        ...writer.say(toText(content)),
        ...(part === undefined ? [] : writer.tell(part)),
      ]);
    },
    onLeave,
  });
  return toStreamResponse(run, stream, { ...headers, "X-Vercel-AI-UI-Message-Stream": "v1" });
}

function toEvents(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
}
