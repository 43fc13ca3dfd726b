import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { texts } from "../i18n/language.ts";
import { IconButton } from "./icon-button.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly class?: string;
  /** Whether the title is only said, not shown. */
  readonly bare?: boolean;
  readonly children: ComponentChildren;
}

/**
 * A dialog over the page, for as long as it is rendered: the browser keeps the focus in it, closes
 * it with Esc, and gives the focus back. A click beside it closes it, too.
 */
export function Dialog(props: DialogProps): JSX.Element {
  const { title, onClose, bare = false, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const { current } = dialog;
    current?.setAttribute("closedby", "any");
    current?.showModal();
    return () => current?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`dialog ${props.class ?? ""}`}
      {...(bare ? { "aria-label": title } : { "aria-labelledby": titleId })}
      onClose={onClose}
    >
      <div class="dialog-body">
        {!bare && (
          <header class="dialog-header">
            <h2 id={titleId}>{title}</h2>
            <IconButton icon="close" label={texts.value.close} onClick={onClose} />
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
