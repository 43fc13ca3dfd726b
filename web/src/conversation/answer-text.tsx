import { lazy } from "../controls/lazy.tsx";
import type { Texts } from "../i18n/texts.ts";

interface AnswerTextProps {
  readonly text: string;
  /** Whether more of it is expected. */
  readonly streaming: boolean;
  readonly labels: Texts;
}

/** A text of an answer, which is Markdown: as it is written, until what reads Markdown is loaded. */
export const AnswerText = lazy<AnswerTextProps>(
  async () => (await import("../markdown/markdown.tsx")).Markdown,
  ({ text }) => <p class="markdown md-plain">{text}</p>,
);
