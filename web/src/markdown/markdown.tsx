import { lazy } from "../controls/lazy.tsx";
import type { MarkdownProps } from "./markdown-view.tsx";

/**
 * A Markdown text from a model, as elements that can do nothing: no script, no address but of pages
 * and letters, nothing fetched. The page needs what reads it only once there is an answer; until
 * that is loaded, the text is shown as it is written. Colors of code and formulas come later still,
 * when they are first needed.
 */
export const Markdown = lazy<MarkdownProps>(
  async () => (await import("./markdown-view.tsx")).MarkdownView,
  ({ text }) => <div class="markdown md-plain">{text}</div>,
);
