import { requestResult } from "./request.ts";
import type { Feedback } from "./ui-message.ts";

const at = (requestId: string, rest: string): string =>
  `./runs/${encodeURIComponent(requestId)}/${rest}`;

/** Makes a version the chosen one. */
export async function selectVersion(requestId: string): Promise<void> {
  await requestResult(at(requestId, "select"), { method: "POST" });
}

/** Keeps what the user thinks of an answer; null takes it back. */
export async function putFeedback(requestId: string, feedback: Feedback | null): Promise<void> {
  const body = feedback ?? { value: null };
  await requestResult(at(requestId, "feedback"), { method: "PUT", body });
}
