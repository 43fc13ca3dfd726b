import { type Chunk, readChunks } from "../wire/chunks.ts";
import { MessageBuilder } from "../wire/message-builder.ts";
import { isLive, textOf, type UIMessage } from "../wire/ui-message.ts";
import type { Entry } from "./entry.ts";

/**
 * Shows an answer as it is told, a frame at a time. True where it was told to its end, false where
 * the connection broke.
 */
export async function follow(
  response: Response,
  entry: Entry,
  { begun, signal }: { readonly begun: () => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const { id, metadata } = entry.message.peek();
  const builder = new MessageBuilder(id, { ...metadata, state: "running", error: null });
  let cancel: (() => void) | undefined;

  const show = (isWhole: boolean): void => {
    cancel = undefined;
    if (signal.aborted) return;
    const message = isWhole ? toEnded(builder.message) : builder.message;
    // A stream that was picked up again tells once more what is shown already.
    if (isWhole || !isBehind(message, entry.message.peek())) entry.message.value = message;
  };

  const isWhole = await readChunks(response, (chunk: Chunk) => {
    builder.take(chunk);
    begun();
    cancel ??= nextFrame(() => show(false));
  });
  cancel?.();
  show(isWhole);
  return isWhole;
}

/** An answer that was told to its end has ended, also where nobody says how. */
function toEnded(message: UIMessage): UIMessage {
  if (!isLive(message.metadata?.state)) return message;
  return { ...message, metadata: { ...message.metadata, state: "complete" } };
}

function isBehind(message: UIMessage, shown: UIMessage): boolean {
  const [text, before] = [textOf(message), textOf(shown)];
  return message.id === shown.id && text.length < before.length && before.startsWith(text);
}

/** Calls back at the next frame, also in a page that is not seen and gets none. Returns how not to. */
function nextFrame(run: () => void): () => void {
  let isDone = false;
  const once = (): void => {
    if (!isDone) run();
    cancel();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 250);
  const cancel = (): void => {
    isDone = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  return cancel;
}
