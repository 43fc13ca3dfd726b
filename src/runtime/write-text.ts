import type { ServerResponse } from "node:http";
import type { TextSource } from "../protocols/text-response.ts";

/**
 * Answers with a text as it comes. What one callback of the event loop brings is written at once, and
 * nothing is read that the connection does not take.
 */
export function writeText(
  source: TextSource,
  { status, headers }: Pick<Response, "status" | "headers">,
  outgoing: ServerResponse,
): void {
  if (outgoing.destroyed) {
    source.leave();
    return;
  }
  const writeAll = (): void => {
    while (!outgoing.destroyed) {
      const text = source.read();
      if (source.ended) {
        outgoing.end(text);
        return;
      }
      if (text === "") {
        source.wait(writeSoon);
        return;
      }
      if (!outgoing.write(text)) {
        outgoing.once("drain", write);
        return;
      }
    }
  };
  const write = (): void => {
    try {
      writeAll();
    } catch {
      // The reader sees that the answer breaks off.
      outgoing.destroy();
    }
  };
  const writeSoon = (): void => process.nextTick(write);
  outgoing.once("close", () => {
    if (!source.ended) source.leave();
  });
  outgoing.statusCode = status;
  outgoing.setHeaders(headers);
  outgoing.flushHeaders();
  write();
}
