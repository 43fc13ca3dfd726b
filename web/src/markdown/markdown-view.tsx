import { Component, type ComponentChildren, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type Block, MarkdownDocument } from "./document.ts";
import { toElements } from "./elements.tsx";
import type { MarkdownLabels } from "./labels.ts";

/** A longer text is shown as it is written. In characters. */
const maximumLength = 500_000;

export interface MarkdownProps {
  readonly text: string;
  /** More of the text is expected; default false. */
  readonly streaming?: boolean;
  /** How many levels a heading is lowered by, so that the first is an h3 by default: 2. */
  readonly headingOffset?: number;
  /** One and the same object for as long as the language is the same. */
  readonly labels: MarkdownLabels;
}

/** What shows a Markdown text once it is loaded. */
export function MarkdownView(props: MarkdownProps): JSX.Element {
  const { text, streaming = false, headingOffset = 2, labels } = props;
  const [document] = useState(() => new MarkdownDocument());
  const isTooLong = text.length > maximumLength;
  const blocks = useMemo(
    () => (isTooLong ? [] : document.update(text, { streaming })),
    [document, text, streaming, isTooLong],
  );
  if (isTooLong) return <div class="markdown md-plain">{text}</div>;
  return (
    <div class="markdown">
      {blocks.map((block, index) => (
        <BlockElement
          key={block.key}
          block={block}
          growing={streaming && index === blocks.length - 1}
          headingOffset={headingOffset}
          labels={labels}
        />
      ))}
    </div>
  );
}

interface BlockProps {
  readonly block: Block;
  readonly growing: boolean;
  readonly headingOffset: number;
  readonly labels: MarkdownLabels;
}

/** A block at the top of the text, made again only when something of it is another. */
class BlockElement extends Component<BlockProps> {
  override shouldComponentUpdate(next: Readonly<BlockProps>): boolean {
    const { block, growing, headingOffset, labels } = this.props;
    return (
      next.block !== block ||
      next.growing !== growing ||
      next.headingOffset !== headingOffset ||
      next.labels !== labels
    );
  }

  override render(): ComponentChildren {
    return toElements(this.props.block.tokens, this.props);
  }
}
