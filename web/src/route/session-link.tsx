import type { ComponentChildren, JSX } from "preact";
import { open, urlOf } from "./route.ts";

interface SessionLinkProps {
  /** Undefined: a new one. */
  readonly sessionId: string | undefined;
  readonly class: string;
  readonly isCurrent?: boolean;
  readonly label?: string;
  readonly onOpen?: (() => void) | undefined;
  readonly children: ComponentChildren;
}

/** A link to a session, that opens it without loading the page anew. */
export function SessionLink(props: SessionLinkProps): JSX.Element {
  const { sessionId, isCurrent = false, label, onOpen, children } = props;
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    open(sessionId);
    onOpen?.();
  };
  return (
    <a
      class={props.class}
      href={urlOf(sessionId)}
      aria-current={isCurrent ? "page" : undefined}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      {children}
    </a>
  );
}
