/** A text that is read as it comes, without waiting for what is still to come. */
export interface TextSource {
  /** Whether there is nothing more to read. */
  readonly ended: boolean;
  /** What is there to read, not much more than a packet or two of it; "" while there is nothing. */
  read(): string;
  /** Calls back once, when there is more to read; not to be called again before that. */
  wait(wake: () => void): void;
  /** To be called where the reader leaves before the end. */
  leave(): void;
}

const sources = new WeakMap<Response, TextSource>();

/**
 * The answer that carries a text, as a web-standard stream. A server that can write to its
 * connection by itself takes the text from {@link sourceOf}, and leaves the stream alone.
 */
export function toTextResponse(
  source: TextSource,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(toStream(source), { headers });
  sources.set(response, source);
  return response;
}

/** The text that an answer carries, where it is one of {@link toTextResponse}. */
export function sourceOf(response: Response): TextSource | undefined {
  return sources.get(response);
}

function toStream(source: TextSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let left = false;
  return new ReadableStream(
    {
      async pull(controller) {
        let text = source.read();
        while (text === "" && !source.ended) {
          await new Promise<void>((resolve) => source.wait(resolve));
          if (left) return;
          text = source.read();
        }
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (source.ended) controller.close();
      },
      cancel() {
        left = true;
        source.leave();
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}
