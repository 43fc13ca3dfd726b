import { type ReadonlySignal, signal } from "@preact/signals";
import { texts } from "../i18n/language.ts";
import { Refusal } from "../wire/request.ts";

/** A short message at the page's edge. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: "done" | "failed";
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
}

const shown = signal<readonly Notice[]>([]);
const said = signal("");
let count = 0;

/** The notices that are shown now, oldest first. */
export const notices: ReadonlySignal<readonly Notice[]> = shown;

/** What screen readers say. */
export const announcement: ReadonlySignal<string> = said;

/** Shows a notice for a while: longer where there is something to do about it. */
export function notify(
  text: string,
  {
    kind = "done",
    action,
  }: { readonly kind?: Notice["kind"]; readonly action?: Notice["action"] } = {},
): void {
  count += 1;
  const id = count;
  shown.value = [...shown.value.slice(-2), { id, text, kind, action }];
  setTimeout(dismiss, action === undefined && kind === "done" ? 5_000 : 15_000, id);
}

/** Tells that something did not work, and why. */
export function notifyFailure(error: unknown): void {
  const reason = error instanceof Refusal ? error.message : texts.value.noConnection;
  notify(texts.value.requestFailed(reason), { kind: "failed" });
}

/** Takes a notice away. */
export function dismiss(id: number): void {
  shown.value = shown.value.filter((notice) => notice.id !== id);
}

/** Has screen readers say a text, also one that they said before. */
export function announce(text: string): void {
  said.value = said.value === text ? `${text}\u00A0` : text;
}
