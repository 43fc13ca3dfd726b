import { createParser } from "eventsource-parser";

/** What a client has of a streamed answer, over all its connections. */
export interface StreamedText {
  text: string;
  lastEventId: string | undefined;
  complete: boolean;
}

/** Reads events as they come into what a client has. Throws where the connection is cut. */
export async function readEvents(response: Response, seen: StreamedText): Promise<void> {
  const parser = createParser({
    onEvent: ({ id, data }) => {
      const { result } = JSON.parse(data) as {
        result: { is_completion: boolean; answer_message: { content: string } } | null;
      };
      if (result === null) throw new Error(`the run failed: ${data}`);
      seen.text += result.answer_message.content;
      seen.lastEventId = id;
      seen.complete ||= result.is_completion;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
  }
}
