import { type ReadonlySignal, signal } from "@preact/signals";

const parameter = "session";

const read = (): string | undefined =>
  new URLSearchParams(location.search).get(parameter) ?? undefined;

const current = signal<string | undefined>(read());

/** The session that the page's URL names; undefined: a new one. */
export const openedSession: ReadonlySignal<string | undefined> = current;

addEventListener("popstate", () => {
  current.value = read();
});

/** The URL of a session, or of a new one. */
export function urlOf(sessionId: string | undefined): string {
  const query = new URLSearchParams(location.search);
  if (sessionId === undefined) query.delete(parameter);
  else query.set(parameter, sessionId);
  return query.size === 0 ? location.pathname : `?${query}`;
}

/** Goes to a session, or to a new one. */
export function open(sessionId: string | undefined): void {
  if (sessionId === current.value) return;
  history.pushState(null, "", urlOf(sessionId));
  current.value = sessionId;
}

/** Gives the new session, which the page shows already, its URL. */
export function nameSession(sessionId: string): void {
  history.replaceState(null, "", urlOf(sessionId));
  current.value = sessionId;
}
