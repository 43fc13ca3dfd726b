import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** How far from the end, in pixels, still counts as being there. */
const tolerance = 48;

/**
 * Keeps the end of an area in sight while its content grows, until the reader scrolls away.
 * @param subject what is shown: with another one it begins at the end.
 */
export function usePinnedScroll(subject: string): {
  readonly area: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly isPinned: boolean;
  /** Goes to the end, and keeps it in sight. */
  readonly pin: () => void;
} {
  const area = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isPinnedNow = useRef(true);
  const [isPinned, setPinned] = useState(true);

  const pin = (): void => {
    isPinnedNow.current = true;
    setPinned(true);
    area.current?.scrollTo({ top: area.current.scrollHeight });
  };

  useLayoutEffect(() => {
    const { current: scrolled } = area;
    const { current: grown } = content;
    if (scrolled === null || grown === null) return undefined;
    pin();
    let heightBefore = scrolled.scrollHeight;
    let topBefore = scrolled.scrollTop;
    const settle = (isReader: boolean): void => {
      const { scrollTop, scrollHeight, clientHeight } = scrolled;
      const isAtEnd = scrollHeight - scrollTop - clientHeight < tolerance;
      if (isAtEnd || isReader) {
        isPinnedNow.current = isAtEnd;
        setPinned(isAtEnd);
      }
      topBefore = scrollTop;
      heightBefore = scrollHeight;
    };
    // What moves the page up when its content shrinks is not the reader.
    const onScroll = (): void =>
      settle(scrolled.scrollHeight >= heightBefore && scrolled.scrollTop < topBefore);
    const observer = new ResizeObserver(() => {
      if (isPinnedNow.current) scrolled.scrollTop = scrolled.scrollHeight;
      else settle(true);
    });
    // What the reader unfolds stays where it is, and is not scrolled away with the end.
    const onClick = ({ target }: Event): void => {
      if ((target as Element).closest("summary") !== null) isPinnedNow.current = false;
    };
    scrolled.addEventListener("scroll", onScroll, { passive: true });
    scrolled.addEventListener("click", onClick);
    observer.observe(grown);
    observer.observe(scrolled);
    return () => {
      observer.disconnect();
      scrolled.removeEventListener("scroll", onScroll);
      scrolled.removeEventListener("click", onClick);
    };
  }, [subject]);

  return { area, content, isPinned, pin };
}
