import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Blocks } from "./blocks.tsx";
import type { MarkdownLabels } from "./labels.ts";

/** A longer text is shown as it is written. In characters. */
const maximumLength = 500_000;

const loaded = signal<typeof Blocks | "failed" | undefined>(undefined);
let loading: Promise<void> | undefined;

/**
 * Loads what reads Markdown, which the page needs only once there is an answer. Where it cannot be
 * loaded, texts are shown as they are written, and the next call tries again.
 */
export async function prepareMarkdown(): Promise<void> {
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  try {
    const module = await import("./blocks.tsx");
    loaded.value = module.Blocks;
  } catch {
    loaded.value = "failed";
    loading = undefined;
  }
}

/**
 * A Markdown text from a model, as elements that can do nothing: no script, no address but of pages
 * and letters, nothing fetched. Colors of code and formulas come when they are first needed.
 */
export function Markdown(props: {
  readonly text: string;
  /** More of the text is expected; default false. */
  readonly streaming?: boolean;
  /** How many levels a heading is lowered by, so that the first is an h3 by default: 2. */
  readonly headingOffset?: number;
  /** One and the same object for as long as the language is the same. */
  readonly labels: MarkdownLabels;
}): JSX.Element {
  const { text, streaming = false, headingOffset = 2, labels } = props;
  const View = loaded.value;
  useEffect(() => {
    void prepareMarkdown();
  }, []);
  if (text.length > maximumLength || View === "failed" || View === undefined) {
    // What is there already waits a moment unseen, so that it is not drawn twice.
    const waits = View === undefined && !streaming;
    return <div class={waits ? "markdown md-plain md-waiting" : "markdown md-plain"}>{text}</div>;
  }
  return (
    <div class="markdown">
      <View {...{ text, streaming, headingOffset, labels }} />
    </div>
  );
}
