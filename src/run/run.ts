import type { TurnkeepError } from "../errors.ts";

import type { Message, MessageFields } from "../message/message.ts";

/** What happens in a run, in order: pieces, then one end. */
export type RunEvent =
  | {
      readonly type: "delta";
      /** The answer's id and name. */
      readonly id: string;
      readonly name: string;
      /** A piece of the text; or the whole content of an answer that came whole. */
      readonly content: unknown;
      /** The fields this piece brings; a later value of a name replaces an earlier one. */
      readonly fields: MessageFields;
    }
  /** The run ended well: this is the whole answer, and the turn is stored. */
  | { readonly type: "run-end"; readonly message: Message }
  /** The run failed: nothing of its turn is stored. */
  | { readonly type: "run-error"; readonly error: unknown };

/** What a {@link Run} is called by. */
export interface RunIdentity {
  readonly sessionId: string;
  readonly requestId: string;
}

/**
 * One execution of the component for one request. It goes on whether or not anybody reads it, and
 * any number of readers see all of it.
 */
export class Run implements RunIdentity {
  readonly sessionId: string;
  readonly requestId: string;
  readonly #events: RunEvent[] = [];
  #changed = Promise.withResolvers<void>();

  constructor({ sessionId, requestId }: RunIdentity) {
    this.sessionId = sessionId;
    this.requestId = requestId;
  }

  /** Whether a piece of the answer has been said. */
  get started(): boolean {
    return this.#events.length > 0;
  }

  /** Whether the run has ended, well or not. */
  get ended(): boolean {
    const last = this.#events.at(-1);
    return last !== undefined && last.type !== "delta";
  }

  /** Adds an event; after the end nothing can be added. */
  emit(event: RunEvent): void {
    if (this.ended) return;
    this.#events.push(event);
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  /** All events from the first to the end, each as soon as it is there. */
  async *events(): AsyncGenerator<RunEvent, void, undefined> {
    for (let index = 0; ;) {
      const event = this.#events[index];
      if (event === undefined) {
        await this.#changed.promise;
        continue;
      }
      index += 1;
      yield event;
      if (event.type !== "delta") return;
    }
  }

  /** The whole answer, once it is stored; throws what ended the run otherwise. */
  async message(): Promise<Message> {
    while (!this.ended) await this.#changed.promise;
    const last = this.#events.at(-1);
    if (last?.type === "run-end") return last.message;
    throw (last as { readonly error: TurnkeepError }).error;
  }
}
