import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/**
 * A box for what may be wider than the page, which then scrolls by itself. It is a stop of the
 * keyboard, with `label` as its name, for as long as there is something to scroll. It is no
 * landmark: one answer may have many of them.
 */
export function Scroller(props: {
  as: "div" | "span";
  class: string;
  label: string;
  children: ComponentChildren;
}): JSX.Element {
  const { as: Box, label, children } = props;
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setScrolls(current.scrollWidth > current.clientWidth);
    });
    for (const element of [current, ...current.children]) observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return (
    <Box
      class={`md-scroller ${props.class}`}
      ref={box}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- those mean more than a box
      role="group"
      aria-label={label}
      tabIndex={scrolls ? 0 : undefined}
    >
      {children}
    </Box>
  );
}
