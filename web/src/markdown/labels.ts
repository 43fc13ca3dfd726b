/** The words of the page's language that Markdown's elements need. */
export interface MarkdownLabels {
  /** On the button that copies a block of code, and what it says when it has: "Copy", "Copied". */
  readonly copy: string;
  readonly copied: string;
  /** What it says when the browser lets nothing be copied. */
  readonly copyFailed: string;
  /** Names of boxes that scroll, for those who hear them: "Code", "Table", "Formula". */
  readonly code: string;
  readonly table: string;
  readonly formula: string;
  /** Before the link that stands for an image of another host: "Image". */
  readonly image: string;
}
