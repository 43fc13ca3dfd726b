import { createParser } from "eventsource-parser";
import type { Metadata } from "./ui-message.ts";

/** A chunk of the AI SDK's UI message stream. Chunks of other types are skipped. */
export type Chunk =
  | {
      readonly type: "start" | "finish";
      readonly messageId?: string;
      readonly messageMetadata?: Metadata;
    }
  | { readonly type: "message-metadata"; readonly messageMetadata: Metadata }
  | {
      readonly type: `${"text" | "reasoning"}-${"start" | "end"}`;
      readonly id: string;
    }
  | { readonly type: `${"text" | "reasoning"}-delta`; readonly id: string; readonly delta: string }
  | { readonly type: "tool-input-start"; readonly toolCallId: string; readonly toolName: string }
  | {
      readonly type: "tool-input-delta";
      readonly toolCallId: string;
      readonly inputTextDelta: string;
    }
  | {
      readonly type: "tool-input-available";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: unknown;
    }
  | {
      readonly type: "tool-output-available";
      readonly toolCallId: string;
      readonly output: unknown;
    }
  | { readonly type: "tool-output-error"; readonly toolCallId: string; readonly errorText: string }
  | {
      readonly type: "source-url";
      readonly sourceId: string;
      readonly url: string;
      readonly title?: string;
    }
  | {
      readonly type: "source-document";
      readonly sourceId: string;
      readonly title?: string;
      readonly filename?: string;
    }
  | {
      readonly type: "file";
      readonly url: string;
      readonly mediaType: string;
      readonly providerMetadata?: { readonly turnkeep?: { readonly filename?: string } };
    }
  | {
      readonly type: `data-${string}`;
      readonly id?: string;
      readonly data: unknown;
      readonly transient?: boolean;
    }
  | { readonly type: "error"; readonly errorText: string }
  | { readonly type: "abort" };

/**
 * Reads the chunks of an answer as they come. True at its end where it had been told whole, false
 * where the connection broke.
 */
export async function readChunks(
  { body }: Response,
  take: (chunk: Chunk) => void,
): Promise<boolean> {
  let isDone = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === "[DONE]") isDone = true;
      else take(JSON.parse(data) as Chunk);
    },
  });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return isDone;
      parser.feed(value);
    }
  } catch {
    return isDone;
  }
}
