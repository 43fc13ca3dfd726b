import { Component, type ComponentChildren, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type Block, MarkdownDocument } from "./document.ts";
import { toElements } from "./elements.tsx";
import type { MarkdownLabels } from "./labels.ts";

interface BlocksProps {
  readonly text: string;
  readonly streaming: boolean;
  readonly headingOffset: number;
  readonly labels: MarkdownLabels;
}

/** The blocks of a Markdown text that may grow. */
export function Blocks({ text, streaming, headingOffset, labels }: BlocksProps): JSX.Element {
  const [document] = useState(() => new MarkdownDocument());
  const blocks = useMemo(() => document.update(text, { streaming }), [document, text, streaming]);
  return (
    <>
      {blocks.map((block, index) => (
        <BlockElement
          key={block.key}
          block={block}
          growing={streaming && index === blocks.length - 1}
          headingOffset={headingOffset}
          labels={labels}
        />
      ))}
    </>
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
