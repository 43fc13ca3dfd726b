import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Deferred, useDeferred } from "./deferred.ts";
import { Scroller } from "./scroller.tsx";

/** Longer TeX is shown as it is written. In characters. */
const maximumLength = 10_000;

const typesetting = new Deferred<Element | "invalid">(async () => {
  const { typeset } = await import("./typeset.ts");
  return (key) => typeset(key.slice(1), key.startsWith("d")) ?? "invalid";
});

/** A formula; its TeX while it is not whole, and where it is not valid. */
export function Formula(props: {
  tex: string;
  display: boolean;
  growing: boolean;
  label: string;
}): JSX.Element {
  const { tex, display, label } = props;
  const wanted = !props.growing && tex !== "" && tex.length <= maximumLength;
  const formula = useDeferred(typesetting, wanted ? `${display ? "d" : "i"}${tex}` : undefined);
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (formula instanceof Element) place.current?.replaceChildren(formula.cloneNode(true));
  }, [formula]);
  const shown =
    formula === undefined || formula === "invalid" ? (
      <code key="source">{tex}</code>
    ) : (
      <span key="formula" ref={place} />
    );
  return display ? (
    <Scroller as="span" class="md-formula" label={label}>
      {shown}
    </Scroller>
  ) : (
    shown
  );
}
