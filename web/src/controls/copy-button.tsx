import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { texts } from "../i18n/language.ts";
import { announce, notifyFailure } from "../notices/notices.ts";
import { IconButton } from "./icon-button.tsx";

/** A button that copies a text, and says so. */
export function CopyButton(props: {
  readonly label: string;
  readonly text: () => string;
}): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async (): Promise<void> => {
    try {
      await copyText(props.text());
      setCopied(true);
      announce(texts.peek().copied);
    } catch (error) {
      notifyFailure(error);
    }
  };
  return (
    <IconButton
      icon={isCopied ? "check" : "copy"}
      label={isCopied ? texts.value.copied : props.label}
      onClick={() => void copy()}
      size={18}
    />
  );
}

/** Puts a text on the clipboard, also in pages that are not secure. */
async function copyText(text: string): Promise<void> {
  // Absent in pages that are not secure.
  const { clipboard } = navigator as { readonly clipboard?: Clipboard };
  if (clipboard !== undefined) {
    await clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
