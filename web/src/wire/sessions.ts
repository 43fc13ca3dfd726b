import { requestResult, toQuery } from "./request.ts";

export interface Session {
  readonly session_id: string;
  readonly title: string | null;
  readonly turns: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted: boolean;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next_cursor: string | null;
}

/** Rows of the table of messages, as they are in the database. */
export interface RowPage {
  /** The statement that shows them; null where the sessions are kept in memory. */
  readonly sql: string | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly next_cursor: string | null;
}

const at = (sessionId: string, rest = ""): string =>
  `./sessions/${encodeURIComponent(sessionId)}${rest}`;

export function listSessions(
  parameters: { readonly limit: number; readonly cursor?: string; readonly search?: string },
  signal?: AbortSignal,
): Promise<SessionPage> {
  return requestResult(`./sessions${toQuery(parameters)}`, { signal });
}

export function getSession(sessionId: string, signal?: AbortSignal): Promise<Session> {
  return requestResult(at(sessionId), { signal });
}

export function renameSession(sessionId: string, title: string): Promise<Session> {
  return requestResult(at(sessionId), { method: "PATCH", body: { title } });
}

export function deleteSession(sessionId: string): Promise<Session> {
  return requestResult(at(sessionId), { method: "DELETE" });
}

export function restoreSession(sessionId: string): Promise<Session> {
  return requestResult(at(sessionId, "/restore"), { method: "POST" });
}

export function listRows(
  sessionId: string,
  parameters: { readonly limit: number; readonly cursor?: string },
  signal: AbortSignal,
): Promise<RowPage> {
  return requestResult(at(sessionId, `/rows${toQuery(parameters)}`), { signal });
}

/** Where a session is downloaded from. */
export function exportUrl(sessionId: string, format: "markdown" | "json"): string {
  return at(sessionId, `/export?format=${format}`);
}
