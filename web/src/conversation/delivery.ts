import { type ReadonlySignal, signal } from "@preact/signals";
import { notifyFailure } from "../notices/notices.ts";
import { openStream, postTurn, stopTurns } from "../wire/chat.ts";
import { Refusal, Unreachable } from "../wire/request.ts";
import { Connection } from "./connection.ts";
import type { Entry } from "./entry.ts";
import { follow } from "./follow.ts";
import { type Attempt, outbox } from "./outbox.ts";

/**
 * What is being done: `sending` a question, `waiting` for the server to be back before it can be
 * sent, `joining` an answer that was begun before, `answering`, `stopping` an answer,
 * `reconnecting` to one.
 */
export type Activity =
  "idle" | "sending" | "waiting" | "joining" | "answering" | "stopping" | "reconnecting";

/** How following an answer ended: it was `told` to its end, or the session answers nothing. */
export type Outcome = "told" | "gone";

/** Sends a session's requests for turns, and follows their answers, whatever the network does. */
export class Delivery {
  readonly connection: Connection;
  readonly #sessionId: string;
  readonly #closing: AbortSignal;
  readonly #activity = signal<Activity>("idle");
  #sending = new AbortController();

  readonly activity: ReadonlySignal<Activity> = this.#activity;

  /** @param closing ends it, when the page goes elsewhere; the server goes on. */
  constructor(sessionId: string, closing: AbortSignal) {
    this.#sessionId = sessionId;
    this.#closing = closing;
    this.connection = new Connection();
  }

  /**
   * Sends a request until the server has it, and shows the answer in the entry.
   * @param received called when the server has it.
   * @throws Refusal; the abort's reason, where it is given up.
   */
  async send(attempt: Attempt, entry: Entry, received: () => void): Promise<Outcome> {
    this.#activity.value = "sending";
    this.#sending = new AbortController();
    const sending = AbortSignal.any([this.#sending.signal, this.#closing]);
    try {
      await outbox.put(attempt);
      const response = await this.#post(attempt, sending);
      await outbox.remove(this.#sessionId);
      received();
      return await this.#read(response, entry);
    } finally {
      if (!sending.aborted) this.#activity.value = "idle";
    }
  }

  /** Follows the answer that the session is making. */
  async join(entry: Entry): Promise<Outcome> {
    this.#activity.value = "joining";
    try {
      return await this.#read(await this.#stream(), entry);
    } finally {
      if (!this.#closing.aborted) this.#activity.value = "idle";
    }
  }

  /** Gives up the request that has not reached the server. */
  giveUp(): void {
    this.#sending.abort();
    this.#activity.value = "idle";
  }

  /** Ends the answer that is being made, in the server. */
  async stop(): Promise<void> {
    const before = this.#activity.peek();
    if (before === "idle" || before === "waiting" || before === "stopping") return;
    this.#activity.value = "stopping";
    try {
      await stopTurns(this.#sessionId);
    } catch (error) {
      if (this.activity.peek() === "stopping") this.#activity.value = before;
      notifyFailure(error);
    }
  }

  async #post(attempt: Attempt, sending: AbortSignal): Promise<Response> {
    for (;;) {
      try {
        return await postTurn(attempt.body, attempt.key, sending);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
      if (this.#activity.peek() === "sending") this.#activity.value = "waiting";
      await this.connection.wait(sending);
    }
  }

  /** Shows an answer to its end; null is a stream that has broken off, undefined none at all. */
  async #read(first: Response | null | undefined, entry: Entry): Promise<Outcome> {
    let stream = first;
    for (;;) {
      if (stream === undefined) return "gone";
      const options = { begun: this.#begun, signal: this.#closing };
      if (stream !== null && (await follow(stream, entry, options))) return "told";
      this.#closing.throwIfAborted();
      this.#activity.value = "reconnecting";
      await this.connection.wait(this.#closing);
      stream = await this.#stream();
    }
  }

  async #stream(): Promise<Response | null | undefined> {
    try {
      return await openStream(this.#sessionId, this.#closing);
    } catch (error) {
      if (error instanceof Unreachable) return null;
      if (!(error instanceof Refusal)) throw error;
      return error.status < 500 ? undefined : null;
    }
  }

  readonly #begun = (): void => {
    this.connection.reset();
    if (this.#activity.peek() !== "stopping") this.#activity.value = "answering";
  };
}
