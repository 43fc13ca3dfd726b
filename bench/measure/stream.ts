import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { machineTime, text } from "../work.ts";

/** A stream that is being read. */
export interface Stream {
  readonly isOpen: boolean;
  /** Fulfilled when it has ended, well or not. */
  readonly ended: Promise<void>;
  /** How long after they were said the chunks came that came since this was last asked, in milliseconds. */
  takeDelays(): number[];
  close(): void;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const stamp = /"content":"(\d+\.\d{3}) /g;

/** Asks for a stream; fulfilled when its answer has begun. */
export async function openStream(
  url: string,
  {
    sessionId,
    pieces,
    pause,
  }: { readonly sessionId: string; readonly pieces: number; readonly pause: number },
): Promise<Stream> {
  const body = JSON.stringify({
    message: text,
    session_id: sessionId,
    stream: true,
    pieces,
    pause,
  });
  const sent = request(`${url}/chat`, {
    agent,
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) },
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode } = response;
  if (statusCode !== 200) throw new Error(`A stream was answered with ${statusCode}.`);
  let delays: number[] = [];
  let isOpen = true;
  const end = Promise.withResolvers<void>();
  const close = (): void => {
    isOpen = false;
    end.resolve();
  };
  response.once("close", close);
  response.once("error", close);
  sent.on("error", close);
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const now = machineTime();
    for (const [, said] of chunk.matchAll(stamp)) delays.push(now - Number(said));
  });
  return {
    get isOpen() {
      return isOpen;
    },
    ended: end.promise,
    takeDelays() {
      const taken = delays;
      delays = [];
      return taken;
    },
    close: () => void sent.destroy(),
  };
}

/** Leaves all of them. */
export function closeStreams(streams: readonly Stream[]): void {
  for (const stream of streams) stream.close();
}
