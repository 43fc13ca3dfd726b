import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface TextAreaProps {
  readonly id?: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Called for Enter alone, except where it ends a word of an input method. */
  readonly onEnter: () => void;
  readonly onEscape?: () => void;
  readonly onPasteFiles?: ((files: readonly File[]) => void) | undefined;
  readonly areaRef?: RefObject<HTMLTextAreaElement | null>;
}

/** A field for a message: it grows with the text; Shift + Enter starts a new line. */
export function TextArea(props: TextAreaProps): JSX.Element {
  const { id, label, placeholder, value, onInput, onEnter, onEscape, onPasteFiles } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const area = props.areaRef ?? own;
  useLayoutEffect(() => {
    const { current } = area;
    if (current === null) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight}px`;
  }, [area, value]);

  return (
    <textarea
      id={id}
      ref={area}
      class="text-area"
      rows={1}
      aria-label={label}
      placeholder={placeholder}
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
      onKeyDown={(event) => {
        // Safari tells of the end of a word only by this number.
        // oxlint-disable-next-line typescript/no-deprecated
        const isComposing = event.isComposing || event.keyCode === 229;
        const isEnter = event.key === "Enter" && !event.shiftKey;
        const act = isEnter ? onEnter : event.key === "Escape" ? onEscape : undefined;
        if (isComposing || act === undefined) return;
        event.preventDefault();
        act();
      }}
      onPaste={(event) => {
        const files = [...(event.clipboardData?.files ?? [])];
        if (files.length === 0 || onPasteFiles === undefined) return;
        event.preventDefault();
        onPasteFiles(files);
      }}
    />
  );
}
