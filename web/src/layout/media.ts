import { type ReadonlySignal, signal } from "@preact/signals";

function matches(query: string): ReadonlySignal<boolean> {
  const media = matchMedia(query);
  const state = signal(media.matches);
  media.addEventListener("change", () => {
    state.value = media.matches;
  });
  return state;
}

/** Whether the list of sessions has room beside the conversation. */
export const hasRoomForSessions: ReadonlySignal<boolean> = matches("(min-width: 54rem)");

/** Whether stored data has room beside both. */
export const hasRoomForData: ReadonlySignal<boolean> = matches("(min-width: 80rem)");

/** Whether there is a keyboard at hand, rather than one on the screen. */
export const hasKeyboard: ReadonlySignal<boolean> = matches("(hover: hover) and (pointer: fine)");
