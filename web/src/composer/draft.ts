import { del, get, set } from "idb-keyval";
import { type ReadonlySignal, signal } from "@preact/signals";
import type { AttachmentLimits } from "../configuration/configuration.ts";
import { texts } from "../i18n/language.ts";
import { notify } from "../notices/notices.ts";
import { readStored, writeStored } from "../settings/stored.ts";
import { filesOf, type Part, textOf, type UIMessage } from "../wire/ui-message.ts";
import {
  type Attachment,
  fromFilePart,
  problemOf,
  toAttachment,
  toFilePart,
} from "./attachment.ts";

/** A message that is being written: the browser keeps it until it is sent. */
export class Draft {
  #name: string;
  #files: string;
  readonly #text = signal("");
  readonly #attachments = signal<readonly Attachment[]>([]);
  /** Fulfilled when the files that came last are read. */
  #read: Promise<void> = Promise.resolve();

  readonly text: ReadonlySignal<string> = this.#text;
  readonly attachments: ReadonlySignal<readonly Attachment[]> = this.#attachments;

  /** @param sessionId the session it is for; undefined: a new one. */
  constructor(sessionId: string | undefined) {
    this.#name = nameOf(sessionId);
    this.#files = filesNameOf(sessionId);
    this.#text.value = readStored(this.#name) ?? "";
    void this.#restore();
  }

  /** Whether there is something to send. */
  get isEmpty(): boolean {
    return this.#text.value.trim() === "" && this.#attachments.value.length === 0;
  }

  write(text: string): void {
    this.#text.value = text;
    writeStored(this.#name, text === "" ? undefined : text);
  }

  /** Adds the files that are within the limits, and says which are not. */
  attach(files: readonly File[], limits: AttachmentLimits): Promise<void> {
    // Behind those that came before, which take their time to be read and count for the limits.
    this.#read = this.#read.then(() => this.#attach(files, limits));
    return this.#read;
  }

  async #attach(files: readonly File[], limits: AttachmentLimits): Promise<void> {
    for (const file of files) {
      const problem = problemOf(file, this.#attachments.peek(), limits);
      if (problem !== undefined) {
        notify(problem, { kind: "failed" });
        continue;
      }
      try {
        const attachment = await toAttachment(file);
        this.#keep([...this.#attachments.peek(), attachment]);
      } catch {
        notify(texts.peek().fileUnreadable(file.name), { kind: "failed" });
      }
    }
  }

  detach(id: string): void {
    this.#keep(this.#attachments.peek().filter((attachment) => attachment.id !== id));
  }

  /** Goes on writing a message that was given up. */
  resume(message: UIMessage): void {
    this.write(textOf(message));
    this.#keep(filesOf(message).map(fromFilePart));
  }

  /** Belongs from now on to this session: the new one that it began. */
  moveTo(sessionId: string): void {
    const [text, attachments] = [this.#text.peek(), this.#attachments.peek()];
    this.write("");
    this.#keep([]);
    this.#name = nameOf(sessionId);
    this.#files = filesNameOf(sessionId);
    this.write(text);
    this.#keep(attachments);
  }

  /** What there is to send; the draft is empty from then on. */
  take(): readonly Part[] {
    const text = this.#text.peek().trim();
    const files = this.#attachments.peek().map(toFilePart);
    this.write("");
    this.#keep([]);
    return text === "" ? files : [...files, { type: "text", text }];
  }

  #keep(attachments: readonly Attachment[]): void {
    this.#attachments.value = attachments;
    const kept = attachments.length === 0 ? del(this.#files) : set(this.#files, attachments);
    // A browser that keeps nothing only loses them at a reload.
    void kept.catch(() => undefined);
  }

  async #restore(): Promise<void> {
    const kept = await get<readonly Attachment[]>(this.#files).catch(() => undefined);
    if (kept !== undefined && this.#attachments.peek().length === 0) this.#attachments.value = kept;
  }
}

const nameOf = (sessionId = ""): string => `draft:${sessionId}`;
const filesNameOf = (sessionId = ""): string => `${location.pathname}:files:${sessionId}`;
