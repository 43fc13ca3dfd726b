/** The words of the reader's language that Markdown's elements need. */
export interface MarkdownLabels {
  /** The name of the button that copies a block of code: "Copy". */
  readonly copy: string;
  /** The names of boxes that scroll, for those who hear them: "Code", "Table", "Formula". */
  readonly code: string;
  readonly table: string;
  readonly formula: string;
  /** Before the link that stands for an image of another host: "Image". */
  readonly image: string;
}
