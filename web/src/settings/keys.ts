import type { Texts } from "../i18n/texts.ts";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const command = isApple ? "⌘" : "Ctrl";
const shift = isApple ? "⇧" : "Shift";

/** The page's keys, as they are shown. */
export function keysOf(
  texts: Texts,
): readonly { readonly does: string; readonly keys: readonly string[] }[] {
  return [
    { does: texts.keySend, keys: [texts.enter] },
    { does: texts.keyNewLine, keys: [shift, texts.enter] },
    { does: texts.keyStop, keys: ["Esc"] },
    { does: texts.keyNewChat, keys: [command, shift, "O"] },
    { does: texts.keySearch, keys: [command, "K"] },
  ];
}

/** What a pressed key asks for, anywhere in the page. */
export function toCommand(event: KeyboardEvent): "new-chat" | "search" | "stop" | undefined {
  if (event.isComposing || event.altKey) return undefined;
  const isCommand = isApple ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  if (isCommand && event.shiftKey && key === "o") return "new-chat";
  if (isCommand && !event.shiftKey && key === "k") return "search";
  return key === "escape" && !isCommand && !event.shiftKey ? "stop" : undefined;
}
