import { type ReadonlySignal, signal } from "@preact/signals";
import { notifyFailure } from "../notices/notices.ts";
import { newId } from "../route/new-id.ts";
import { listMessages, type MessagePage, type TurnRequest } from "../wire/chat.ts";
import { Refusal } from "../wire/request.ts";
import { putFeedback, selectVersion } from "../wire/runs.ts";
import { type Feedback, isLive, type Part, type UIMessage } from "../wire/ui-message.ts";
import { type Activity, Delivery, type Outcome } from "./delivery.ts";
import { emptyAnswer, type Entry, toEntries, toEntry } from "./entry.ts";
import { type Attempt, outbox, questionOf } from "./outbox.ts";

/** Why nothing is shown. */
export type Trouble =
  | { readonly kind: "missing" | "unreachable" }
  | { readonly kind: "refused"; readonly reason: string };

/** Whom a conversation tells of its turns. */
export interface ConversationListener {
  /** A turn has begun: with its question, where it has a new one. */
  begun(conversation: Conversation, question: UIMessage | undefined): void;
  /** The server has the request for the turn. */
  received(conversation: Conversation): void;
  /** A turn has ended, as the answer says. */
  ended(conversation: Conversation, answer: UIMessage): void;
}

const pageSize = 20;
const maxPageSize = 100;

/** A session as the page shows it. */
export class Conversation {
  readonly sessionId: string;
  /** Whether it was a new one when the page came to it. */
  readonly isNew: boolean;
  readonly #listener: ConversationListener;
  readonly #closing = new AbortController();
  readonly #delivery: Delivery;
  /** Whether the server has the session. */
  #isStored: boolean;

  readonly #entries = signal<readonly Entry[]>([]);
  readonly #trouble = signal<Trouble | undefined>(undefined);
  readonly #isLoading = signal(false);
  readonly #cursor = signal<string | null>(null);

  /** The messages, oldest first. */
  readonly entries: ReadonlySignal<readonly Entry[]> = this.#entries;
  readonly activity: ReadonlySignal<Activity>;
  readonly trouble: ReadonlySignal<Trouble | undefined> = this.#trouble;
  readonly isLoading: ReadonlySignal<boolean> = this.#isLoading;
  /** Where the messages before the first one are found; null where there are none. */
  readonly cursor: ReadonlySignal<string | null> = this.#cursor;

  /** @param isNew whether no turn of the session has been asked for yet. */
  constructor(
    sessionId: string,
    { isNew, listener }: { readonly isNew: boolean; readonly listener: ConversationListener },
  ) {
    this.sessionId = sessionId;
    this.isNew = isNew;
    this.#isStored = !isNew;
    this.#listener = listener;
    this.#delivery = new Delivery(sessionId, this.#closing.signal);
    this.activity = this.#delivery.activity;
    if (!isNew) this.reopen();
  }

  /** Ends what the page does here; the server goes on. */
  close(): void {
    this.#closing.abort();
  }

  /** Whether a message can be sent now. */
  get isIdle(): boolean {
    return this.activity.value === "idle" && !this.#isLoading.value;
  }

  /** Loads the newest messages, goes on with the answer, or with the message that waits. */
  reopen(): void {
    this.#delivery.connection.goOn();
    if (!this.#isLoading.peek()) void this.#open();
  }

  /** Sends a message. */
  send(parts: readonly Part[]): void {
    const question = toQuestion(parts);
    const request = { messages: [question], trigger: "submit-message" } as const;
    this.#begin(this.#entries.peek(), question, request);
  }

  /** Sends a message in place of an earlier one: as another version of its turn. */
  edit(entry: Entry, parts: readonly Part[]): void {
    const question = toQuestion(parts);
    const entries = this.#entries.peek();
    const index = entries.indexOf(entry);
    const answer = entries[index + 1];
    const isUnsent = answer?.unsent.peek() !== undefined;
    this.#begin(entries.slice(0, index), question, {
      messages: [question],
      trigger: "submit-message",
      // An answer is called by its turn, which the server finds at once.
      ...(isUnsent ? {} : { messageId: answer?.message.peek().id || entry.message.peek().id }),
    });
  }

  /** Asks for another version of an answer. */
  regenerate(entry: Entry): void {
    const entries = this.#entries.peek();
    const index = entries.indexOf(entry);
    const question = entries[index - 1]?.message.peek();
    const messageId = entry.message.peek().id || (question?.id ?? "");
    // The server has the question and its files: only clients that have no others send them again.
    const messages =
      question === undefined ? [] : [{ ...question, parts: question.parts.filter(isText) }];
    const request = { messages, trigger: "regenerate-message", messageId } as const;
    this.#begin(entries.slice(0, index), undefined, request);
  }

  /** Sends a message again that the server refused, or has an answer made again that failed. */
  retry(entry: Entry): void {
    const unsent = entry.unsent.peek();
    if (unsent === undefined) {
      this.regenerate(entry);
      return;
    }
    entry.unsent.value = undefined;
    entry.message.value = emptyAnswer().message.peek();
    // Under its old key the server would tell its refusal again.
    void this.#deliver({ ...unsent.attempt, key: newId() }, entry);
  }

  /** Gives up a message that has not reached the server, and returns it. */
  async takeBack(): Promise<UIMessage | undefined> {
    const attempt = await outbox.take(this.sessionId);
    this.#delivery.giveUp();
    await outbox.remove(this.sessionId);
    if (this.#isStored) void this.refresh();
    else this.#entries.value = [];
    return attempt === undefined ? undefined : questionOf(attempt);
  }

  /** Ends the answer that is being made. */
  async stop(): Promise<void> {
    await this.#delivery.stop();
  }

  /** Ends the wait for the server. */
  tryNow(): void {
    this.#delivery.connection.goOn();
  }

  /** Shows another version of a turn. */
  async select(requestId: string): Promise<void> {
    if (!this.isIdle) return;
    try {
      await selectVersion(requestId);
      await this.refresh();
    } catch (error) {
      notifyFailure(error);
    }
  }

  /** Keeps what the user thinks of an answer. True where that is done. */
  async giveFeedback(entry: Entry, feedback: Feedback | null): Promise<boolean> {
    const { id, metadata } = entry.message.peek();
    const show = (value: Feedback | null): void => {
      const message = entry.message.peek();
      if (message.id !== id) return;
      entry.message.value = { ...message, metadata: { ...message.metadata, feedback: value } };
    };
    show(feedback);
    try {
      await putFeedback(id, feedback);
      return true;
    } catch (error) {
      show(metadata?.feedback ?? null);
      notifyFailure(error);
      return false;
    }
  }

  /** Reads the messages before those that are shown. */
  async showEarlier(): Promise<void> {
    const cursor = this.#cursor.peek();
    if (cursor === null || !this.isIdle) return;
    this.#isLoading.value = true;
    try {
      const page = await this.#list({ limit: pageSize, cursor });
      const earlier = page.messages.map(toEntry);
      this.#entries.value = [...earlier, ...this.#entries.peek()];
      this.#cursor.value = page.next_cursor;
    } catch (error) {
      if (!this.#closing.signal.aborted) notifyFailure(error);
    } finally {
      this.#isLoading.value = false;
    }
  }

  /** Reads again what is shown, and follows the answer that is being made. */
  async refresh(): Promise<void> {
    if (!this.isIdle || !this.#isStored) return;
    const turns = this.#entries.peek().filter(({ role }) => role === "user").length;
    const limit = Math.min(Math.max(turns, pageSize), maxPageSize);
    try {
      const running = this.#show(await this.#list({ limit }));
      if (running !== null) void this.#join();
    } catch (error) {
      if (!this.#closing.signal.aborted) notifyFailure(error);
    }
  }

  async #open(): Promise<void> {
    this.#isLoading.value = true;
    const attempt = await outbox.take(this.sessionId);
    const running = await this.#load(attempt !== undefined);
    this.#isLoading.value = false;
    if (running === undefined) return;
    if (attempt === undefined) {
      if (running !== null) await this.#join();
    } else await this.#sendAgain(attempt, running);
  }

  /**
   * Loads the newest messages, however long the server is away. Returns what is being answered;
   * undefined where nothing can be loaded.
   * @param maybeNew whether it may be that the server has not been told of the session yet.
   */
  async #load(maybeNew: boolean): Promise<string | null | undefined> {
    for (;;) {
      try {
        const running = this.#show(await this.#list({ limit: pageSize }));
        this.#trouble.value = undefined;
        return running;
      } catch (error) {
        if (this.#closing.signal.aborted) return undefined;
        if (error instanceof Refusal) {
          const isMissing = error.status === 404;
          this.#isStored = !isMissing;
          const isNew = isMissing && maybeNew;
          const refused = { kind: "refused", reason: error.message } as const;
          this.#trouble.value = isNew ? undefined : isMissing ? { kind: "missing" } : refused;
          return isNew ? null : undefined;
        }
        this.#trouble.value = { kind: "unreachable" };
      }
      try {
        await this.#delivery.connection.wait(this.#closing.signal);
      } catch {
        return undefined;
      }
    }
  }

  /** Goes on with a request that was not known to have reached the server. */
  async #sendAgain(attempt: Attempt, running: string | null): Promise<void> {
    const entries = this.#entries.peek();
    const question = questionOf(attempt);
    const ids = entries.map(({ message }) => message.peek().id);
    const hasQuestion = question !== undefined;
    if (hasQuestion && ids.includes(question.id)) {
      await outbox.remove(this.sessionId);
      if (running !== null) await this.#join();
      return;
    }
    const { messageId } = attempt.body;
    const place = messageId === undefined ? -1 : ids.indexOf(messageId);
    const isAnswer = entries[place]?.role === "assistant";
    const index = hasQuestion && isAnswer ? place - 1 : place;
    const answer = this.#append(index === -1 ? entries : entries.slice(0, index), question);
    await this.#deliver(attempt, answer);
  }

  #begin(
    kept: readonly Entry[],
    question: UIMessage | undefined,
    request: Omit<TurnRequest, "id">,
  ): void {
    if (!this.isIdle) return;
    const answer = this.#append(kept, question);
    this.#listener.begun(this, question);
    void this.#deliver({ key: newId(), body: { id: this.sessionId, ...request } }, answer);
  }

  #append(kept: readonly Entry[], question: UIMessage | undefined): Entry {
    const answer = emptyAnswer();
    this.#entries.value = [...kept, ...(question === undefined ? [] : [toEntry(question)]), answer];
    return answer;
  }

  async #deliver(attempt: Attempt, entry: Entry): Promise<void> {
    try {
      const received = (): void => this.#listener.received(this);
      await this.#ended(await this.#delivery.send(attempt, entry, received), entry);
    } catch (error) {
      if (!(error instanceof Refusal)) return;
      const reason = error.message;
      entry.unsent.value = { attempt, reason };
      entry.message.value = {
        ...entry.message.peek(),
        metadata: { state: "failed", error: { code: "refused", message: reason } },
      };
      this.#listener.ended(this, entry.message.peek());
    }
  }

  /** Follows the answer that the session is making. */
  async #join(): Promise<void> {
    const entries = this.#entries.peek();
    const last = entries.at(-1);
    const isThere = last?.role === "assistant" && isLive(last.message.peek().metadata?.state);
    const entry = isThere ? last : this.#append(entries, undefined);
    const { id } = entry.message.peek();
    try {
      const outcome = await this.#delivery.join(entry);
      // Another turn than the one that was listed: something has changed elsewhere.
      const isOther = id !== "" && entry.message.peek().id !== id;
      await this.#ended(isOther ? "gone" : outcome, entry);
    } catch (error) {
      if (!this.#closing.signal.aborted) notifyFailure(error);
    }
  }

  async #ended(outcome: Outcome, entry: Entry): Promise<void> {
    this.#isStored = true;
    if (outcome === "gone") await this.refresh();
    this.#listener.ended(this, entry.message.peek());
  }

  #list(parameters: { readonly limit: number; readonly cursor?: string }): Promise<MessagePage> {
    return listMessages(this.sessionId, parameters, this.#closing.signal);
  }

  /** Shows a page; returns what is being answered. */
  #show(page: MessagePage): string | null {
    this.#isStored = true;
    this.#entries.value = toEntries(page.messages, this.#entries.peek());
    this.#cursor.value = page.next_cursor;
    return page.running;
  }
}

function isText({ type }: Part): boolean {
  return type === "text";
}

function toQuestion(parts: readonly Part[]): UIMessage {
  const metadata = { createdAt: new Date().toISOString() };
  return { id: newId(), role: "user", parts, metadata };
}
