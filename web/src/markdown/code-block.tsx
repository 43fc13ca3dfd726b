import type { ElementContent } from "hast";
import { type ComponentChild, h, type JSX } from "preact";
import { useEffect } from "preact/hooks";
import { CopyButton } from "../controls/copy-button.tsx";
import { Deferred, useDeferred } from "./deferred.ts";
import type { MarkdownLabels } from "./labels.ts";
import { Scroller } from "./scroller.tsx";

/** Longer code is shown in one color: to color it would stop the page. In characters. */
const maximumColored = 30_000;

const colors = new Deferred<readonly ElementContent[]>(async () => {
  const { highlight } = await import("./highlight.ts");
  return (key) => {
    const line = key.indexOf("\n");
    return highlight(key.slice(0, line), key.slice(line + 1));
  };
});

/**
 * A block of code, with its language as the text named it and a button that copies it. Its colors
 * come when it is whole; until then, and without them, it takes the same space.
 */
export function CodeBlock(props: {
  code: string;
  language: string;
  growing: boolean;
  labels: MarkdownLabels;
}): JSX.Element {
  const { code, language, growing, labels } = props;
  const colored = language !== "" && code.length <= maximumColored;
  useEffect(() => {
    if (colored && growing) colors.prepare().catch(() => undefined);
  }, [colored, growing]);
  const spans = useDeferred(colors, colored && !growing ? `${language}\n${code}` : undefined);
  return (
    <div class="md-code">
      <div class="md-bar">
        <span>{language || labels.code}</span>
        <CopyButton label={labels.copy} text={() => code} />
      </div>
      <Scroller as="div" class="md-pre" label={`${labels.code} ${language}`.trim()}>
        <pre>
          <code>{spans?.map(toSpan) ?? code}</code>
        </pre>
      </Scroller>
    </div>
  );
}

function toSpan(node: ElementContent): ComponentChild {
  if (node.type !== "element") return node.type === "text" ? node.value : undefined;
  const { className } = node.properties;
  return h(
    "span",
    { class: Array.isArray(className) ? className.join(" ") : undefined },
    node.children.map(toSpan),
  );
}
