import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "./copy-text.ts";
import type { MarkdownLabels } from "./labels.ts";

/** How long the button says that it has copied, in milliseconds. */
const noticeTime = 2000;

/** A button that copies `text` and says, also aloud, whether it has. */
export function CopyButton({
  text,
  labels,
}: {
  text: string;
  labels: MarkdownLabels;
}): JSX.Element {
  const [notice, setNotice] = useState<"copied" | "copyFailed">();
  useEffect(() => {
    if (notice === undefined) return;
    const timer = setTimeout(() => {
      setNotice(undefined);
    }, noticeTime);
    return () => {
      clearTimeout(timer);
    };
  }, [notice]);
  const copy = async (): Promise<void> => {
    setNotice((await copyText(text)) ? "copied" : "copyFailed");
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {labels[notice ?? "copy"]}
      </button>
      <output class="md-said">{notice === undefined ? "" : labels[notice]}</output>
    </>
  );
}
