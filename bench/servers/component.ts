import { setTimeout } from "node:timers/promises";
import {
  Component,
  Message,
  MessageStream,
  type RunOptions,
  UserSession,
} from "../../src/index.ts";
import { historyLimit, machineTime, messageKeys, text } from "../work.ts";

/** How a stream is said: `pieces` and `pause` stand among the arguments of the request. */
interface Pace {
  /** How many pieces there are. */
  readonly pieces: number;
  /** How long it is silent before each, in milliseconds. */
  readonly pause: number;
}

/**
 * Reads the newest messages under both keys, answers at once and stores both messages. A stream is
 * said in pieces, each of which begins with the time at which it was said.
 */
export class BenchComponent extends Component<string, string> {
  override async run(
    message: Message<string>,
    { stream = false, pieces = 1, pause = 0 }: RunOptions & Partial<Pace> = {},
  ): Promise<Message<string> | MessageStream> {
    const session = new UserSession();
    for (const messageKey of messageKeys) {
      await session.getHistory(messageKey, { limit: historyLimit });
    }
    const answer = stream ? MessageStream.from(say({ pieces, pause })) : new Message(text);
    await session.append({ query: message, answer });
    return answer;
  }
}

async function* say({ pieces, pause }: Pace): AsyncGenerator<string> {
  for (let piece = 0; piece < pieces; piece += 1) {
    if (pause > 0) await setTimeout(pause);
    yield `${machineTime().toFixed(3)} and some words `;
  }
}

export default new BenchComponent();
