import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";
import { IconButton } from "./icon-button.tsx";

/** What a menu offers: something to do, or a file to download. */
export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly run?: () => void;
  readonly download?: string;
  readonly isDangerous?: boolean;
}

/** A button that opens a menu. Arrow keys go through it; Esc, Tab and clicks elsewhere close it. */
export function Menu(props: {
  readonly label: string;
  readonly items: readonly MenuItem[];
}): JSX.Element {
  const { label, items } = props;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const [anchor, menu] = [button.current, list.current];
    if (!isOpen || anchor === null || menu === null) return;
    // Above everything, a dialog included.
    menu.showPopover();
    place(menu, anchor);
    menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = (): void => setOpen(false);
    // What scrolls by itself elsewhere, as an answer does that is being told, leaves it open.
    const closeBeside = ({ target }: Event): void => {
      if (target instanceof Node && target.contains(button.current)) close();
    };
    addEventListener("resize", close);
    addEventListener("scroll", closeBeside, true);
    return () => {
      removeEventListener("resize", close);
      removeEventListener("scroll", closeBeside, true);
    };
  }, [isOpen]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const now = all.indexOf(document.activeElement as HTMLElement);
    const next: Readonly<Record<string, number>> = {
      ArrowDown: (now + 1) % all.length,
      ArrowUp: (now - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const index = next[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else if (index !== undefined) all[index]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };

  return (
    <span class="menu-place">
      <IconButton
        icon="more"
        label={label}
        popup="menu"
        expanded={isOpen}
        buttonRef={button}
        onClick={() => setOpen(!isOpen)}
      />
      {isOpen && (
        <div
          ref={list}
          class="menu"
          role="menu"
          tabIndex={-1}
          aria-label={label}
          popover="auto"
          onToggle={({ newState }) => {
            if (newState === "closed") setOpen(false);
          }}
          onKeyDown={onKeyDown}
        >
          {items.map((item) => (
            <Item key={item.label} item={item} close={close} />
          ))}
        </div>
      )}
    </span>
  );
}

function Item(props: { readonly item: MenuItem; readonly close: () => void }): JSX.Element {
  const { icon, label, run, download, isDangerous = false } = props.item;
  const look = isDangerous ? "menu-item dangerous" : "menu-item";
  const content = (
    <>
      <Icon name={icon} size={18} />
      {label}
    </>
  );
  if (download !== undefined) {
    return (
      <a class={look} role="menuitem" tabIndex={-1} href={download} download onClick={props.close}>
        {content}
      </a>
    );
  }
  const onClick = (): void => {
    props.close();
    run?.();
  };
  return (
    <button type="button" class={look} role="menuitem" tabIndex={-1} onClick={onClick}>
      {content}
    </button>
  );
}

/** Places a menu below its button, or above where there is no room, within the window. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4;
  const top = below + height > innerHeight - 8 ? anchor.top - height - 4 : below;
  menu.style.top = `${Math.max(8, top)}px`;
  menu.style.left = `${Math.min(Math.max(8, anchor.right - width), innerWidth - width - 8)}px`;
}
