import type { Token } from "markdown-it";
import { Component, type ComponentChild, type ComponentChildren, h, type JSX } from "preact";
import { toInlineImage, toLink } from "./addresses.ts";
import { CodeBlock } from "./code-block.tsx";
import { Formula } from "./formula.tsx";
import { hasCjk } from "./address-grammar.ts";
import type { MarkdownLabels } from "./labels.ts";
import { Scroller } from "./scroller.tsx";

/** What all elements of a block need to know. */
export interface ElementContext {
  readonly labels: MarkdownLabels;
  /** How many levels a heading is lowered by. */
  readonly headingOffset: number;
  /** Whether more of the block is expected. */
  readonly growing: boolean;
}

/** An element whose end has not come yet. */
interface Frame {
  readonly open: Token | undefined;
  readonly children: ComponentChild[];
  text: string;
}

/** The elements of a flat list of tokens, block or inline. */
export function toElements(tokens: readonly Token[], context: ElementContext): ComponentChild[] {
  const root: Frame = { open: undefined, children: [], text: "" };
  const stack = [root];
  const top = (): Frame => stack.at(-1) ?? root;
  for (const token of tokens) {
    if (token.nesting === 1) {
      stack.push({ open: token, children: [], text: "" });
    } else if (token.nesting === -1) {
      const { open, children, text } = stack.pop() ?? root;
      if (open !== undefined) top().children.push(toElement(open, children, text, context));
      top().text += text;
    } else {
      const inLink = stack.some(({ open }) => open?.type === "link_open");
      top().children.push(toLeaf(token, inLink, context));
      top().text += token.type === "image" ? describe(token) : token.content;
    }
  }
  return root.children;
}

function toElement(
  open: Token,
  children: ComponentChild[],
  text: string,
  { labels, headingOffset }: ElementContext,
): ComponentChild {
  const { tag, meta } = open;
  switch (open.type) {
    case "paragraph_open":
      return open.hidden ? children : <p>{children}</p>;
    case "heading_open":
      return h(
        `h${Math.min(6, Number(meta?.["rank"]) + headingOffset)}`,
        { class: `md-${tag}` },
        children,
      );
    case "link_open": {
      const address = attribute(open, "href");
      return (
        <Link address={address} title={attribute(open, "title")}>
          {text.trim() === "" ? address : children}
        </Link>
      );
    }
    case "table_open":
      return (
        <Scroller as="div" class="md-table" label={labels.table}>
          <table>{children}</table>
        </Scroller>
      );
    case "th_open":
    case "td_open":
      return h(
        tag,
        {
          class: attribute(open, "style").replace("text-align:", "md-") || undefined,
          scope: tag === "th" ? "col" : undefined,
        },
        children,
      );
    case "ordered_list_open":
      return <ol start={Number(attribute(open, "start") || 1)}>{children}</ol>;
    case "list_item_open":
      return <li class={meta?.["task"] === undefined ? undefined : "md-task"}>{children}</li>;
    case "em_open":
      return <em class={hasCjk.test(text) ? "md-dotted" : undefined}>{children}</em>;
    default:
      return h(tag, null, children);
  }
}

function toLeaf(token: Token, inLink: boolean, context: ElementContext): ComponentChild {
  const { content, info, meta, tag } = token;
  const { labels, growing } = context;
  switch (token.type) {
    case "inline": {
      const inline = <Inline tokens={token.children ?? []} context={context} />;
      const done = meta?.["task"];
      return done === undefined ? (
        inline
      ) : (
        <label>
          <input type="checkbox" checked={done === true} disabled /> {inline}
        </label>
      );
    }
    case "fence":
    case "code_block": {
      const language = /^[^\s{:,]{0,40}/.exec(info.trim())?.[0] ?? "";
      const code = content.replace(/\n$/, "");
      return language === "math" ? (
        <Formula tex={code} display growing={growing && !isClosed(token)} label={labels.formula} />
      ) : (
        <CodeBlock {...{ code, language, labels }} growing={growing && !isClosed(token)} />
      );
    }
    case "math":
      return (
        <Formula
          tex={content}
          display={tag === "display"}
          growing={info === "open"}
          label={labels.formula}
        />
      );
    case "code_inline":
      return <code>{content}</code>;
    case "hardbreak":
    case "softbreak":
      return <br />;
    case "hr":
      return <hr />;
    case "image":
      return <Image token={token} inLink={inLink} label={labels.image} />;
    default:
      return token.hidden ? undefined : content;
  }
}

/** Inline content, made again only when its tokens are other ones. */
class Inline extends Component<{ tokens: readonly Token[]; context: ElementContext }> {
  override shouldComponentUpdate(next: Readonly<this["props"]>): boolean {
    return next.tokens !== this.props.tokens || next.context.labels !== this.props.context.labels;
  }

  override render(): ComponentChildren {
    return toElements(this.props.tokens, this.props.context);
  }
}

/** A link that opens beside the page; only its text where its address may not be followed. */
function Link(props: { address: string; title: string; children: ComponentChildren }): JSX.Element {
  const href = toLink(props.address);
  if (href === undefined) return <span>{props.children}</span>;
  return (
    <a
      href={href}
      title={props.title || undefined}
      target="_blank"
      rel="noopener noreferrer nofollow"
    >
      {props.children}
    </a>
  );
}

/** An image that the text holds, or a link to it. */
function Image(props: { token: Token; inLink: boolean; label: string }): JSX.Element {
  const address = attribute(props.token, "src");
  const source = toInlineImage(address);
  if (source !== undefined) return <img src={source} alt={props.token.content} />;
  const text = (
    <>
      <span class="md-label">{props.label}</span> {describe(props.token)}
    </>
  );
  return props.inLink ? (
    <span>{text}</span>
  ) : (
    <Link address={address} title={attribute(props.token, "title")}>
      {text}
    </Link>
  );
}

/** An image's description; without one its address, unless that is the image itself. */
function describe(image: Token): string {
  return image.content || (toLink(attribute(image, "src")) ?? "");
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

/** Whether the line that ends a fence has come: it is the one line more that its map counts. */
function isClosed({ type, map, content }: Token): boolean {
  if (type !== "fence" || map === null) return true;
  const lines = content === "" ? 0 : content.replace(/\n$/, "").split("\n").length;
  return map[1] - map[0] === lines + 2;
}
