import type { JSX, Ref } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface IconButtonProps {
  readonly icon: IconName;
  /** What it does: shown on hover, and said by screen readers. */
  readonly label: string;
  readonly onClick: (event: MouseEvent) => void;
  readonly class?: string;
  readonly size?: number;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly popup?: "menu" | "dialog";
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

/** A button that shows an icon. */
export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, size, disabled, pressed, expanded, popup, buttonRef } = props;
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      aria-label={label}
      title={label}
      onClick={onClick}
      disabled={disabled ?? false}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={popup}
      ref={buttonRef ?? null}
    >
      <Icon name={icon} {...(size === undefined ? {} : { size })} />
    </button>
  );
}
