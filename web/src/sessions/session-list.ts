import { type ReadonlySignal, signal } from "@preact/signals";
import { notify, notifyFailure } from "../notices/notices.ts";
import {
  deleteSession,
  getSession,
  listSessions,
  renameSession,
  restoreSession,
  type Session,
} from "../wire/sessions.ts";
import { texts } from "../i18n/language.ts";

const pageSize = 30;
const maxPageSize = 100;

/** The user's sessions, the most recently used first, page by page. */
export class SessionList {
  readonly #sessions = signal<readonly Session[]>([]);
  readonly #cursor = signal<string | null>(null);
  readonly #search = signal("");
  readonly #state = signal<"loading" | "ready" | "failed">("loading");
  /** Sessions that are shown elsewhere and may not be among those listed. */
  readonly #titles = signal<ReadonlyMap<string, string>>(new Map());
  #reading = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly sessions: ReadonlySignal<readonly Session[]> = this.#sessions;
  readonly cursor: ReadonlySignal<string | null> = this.#cursor;
  readonly search: ReadonlySignal<string> = this.#search;
  readonly state: ReadonlySignal<"loading" | "ready" | "failed"> = this.#state;

  /** The title of a session, where it is known. */
  titleOf(sessionId: string): string | undefined {
    const listed = this.#sessions.value.find(({ session_id }) => session_id === sessionId);
    return listed?.title ?? this.#titles.value.get(sessionId);
  }

  /** Reads the sessions that are listed, and the title of one that may not be. */
  async refresh(sessionId?: string): Promise<void> {
    this.#reading.abort();
    this.#reading = new AbortController();
    const { signal: reading } = this.#reading;
    const limit = Math.min(Math.max(this.#sessions.peek().length, pageSize), maxPageSize);
    try {
      const page = await listSessions({ limit, search: this.#search.peek().trim() }, reading);
      this.#sessions.value = page.sessions;
      this.#cursor.value = page.next_cursor;
      this.#state.value = "ready";
    } catch {
      if (!reading.aborted && this.#state.peek() === "loading") this.#state.value = "failed";
    }
    if (sessionId !== undefined && this.titleOf(sessionId) === undefined) {
      const session = await getSession(sessionId, reading).catch(() => undefined);
      if (session?.title) this.#remember(sessionId, session.title);
    }
  }

  /** Lists only what is called so. */
  searchFor(text: string): void {
    this.#search.value = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), text === "" ? 0 : 200);
  }

  async showMore(): Promise<void> {
    const cursor = this.#cursor.peek();
    if (cursor === null) return;
    const { signal: reading } = this.#reading;
    const search = this.#search.peek().trim();
    try {
      const page = await listSessions({ limit: pageSize, cursor, search }, reading);
      if (reading.aborted || this.#cursor.peek() !== cursor) return;
      const listed = new Set(this.#sessions.peek().map(({ session_id }) => session_id));
      const further = page.sessions.filter(({ session_id }) => !listed.has(session_id));
      this.#sessions.value = [...this.#sessions.peek(), ...further];
      this.#cursor.value = page.next_cursor;
    } catch (error) {
      if (!reading.aborted) notifyFailure(error);
    }
  }

  /** Lists a session first, whose turn has begun, as the server will. */
  put(sessionId: string, question: string): void {
    const now = new Date().toISOString();
    const listed = this.#sessions.peek().find(({ session_id }) => session_id === sessionId);
    const title = question.replaceAll(/\s+/g, " ").trim().slice(0, 80);
    if (listed === undefined) this.#remember(sessionId, title);
    if (listed === undefined && this.#search.peek() !== "") return;
    const session = listed ?? {
      session_id: sessionId,
      title,
      turns: 0,
      created_at: now,
      updated_at: now,
      deleted: false,
    };
    const others = this.#sessions.peek().filter((other) => other !== listed);
    this.#sessions.value = [{ ...session, updated_at: now }, ...others];
  }

  async rename(sessionId: string, title: string): Promise<void> {
    try {
      const session = await renameSession(sessionId, title);
      this.#remember(sessionId, session.title ?? title);
      this.#sessions.value = this.#sessions
        .peek()
        .map((other) => (other.session_id === sessionId ? session : other));
    } catch (error) {
      notifyFailure(error);
    }
  }

  /** Deletes a session; for a while a notice offers to restore it. True where it is done. */
  async remove(sessionId: string, restored: () => void): Promise<boolean> {
    const title = this.titleOf(sessionId) ?? texts.peek().untitled;
    const restore = async (): Promise<void> => {
      try {
        await restoreSession(sessionId);
        await this.refresh();
        notify(texts.peek().restored(title));
        restored();
      } catch (error) {
        notifyFailure(error);
      }
    };
    try {
      await deleteSession(sessionId);
    } catch (error) {
      notifyFailure(error);
      return false;
    }
    this.#sessions.value = this.#sessions
      .peek()
      .filter(({ session_id }) => session_id !== sessionId);
    const action = { label: texts.peek().undo, run: () => void restore() };
    notify(texts.peek().deleted(title), { action });
    return true;
  }

  #remember(sessionId: string, title: string): void {
    this.#titles.value = new Map(this.#titles.peek()).set(sessionId, title);
  }
}
