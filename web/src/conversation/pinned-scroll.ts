import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** How far from the end, in pixels, still counts as being there. */
const tolerance = 48;
/** How long it takes at the most until what a reader does to scroll has moved the page, in milliseconds. */
const scrollTime = 200;
const upwards = new Set(["ArrowUp", "PageUp", "Home"]);

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
    let leavingUntil = 0;
    let touchBefore = 0;
    const settle = (isReader: boolean): void => {
      const { scrollTop, scrollHeight, clientHeight } = scrolled;
      const isNear = scrollHeight - scrollTop - clientHeight < tolerance;
      const isAtEnd = isNear && performance.now() >= leavingUntil;
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
    // An answer that is told quickly would move the page to its end before the reader has moved it.
    const turn = (isUp: boolean): void => {
      leavingUntil = isUp && scrolled.scrollTop > 0 ? performance.now() + scrollTime : 0;
      if (leavingUntil > 0) isPinnedNow.current = false;
    };
    const onWheel = ({ deltaY }: WheelEvent): void => turn(deltaY < 0);
    const onKey = ({ key }: KeyboardEvent): void => {
      if (upwards.has(key)) turn(true);
    };
    const onTouch = ({ touches: [touch] }: TouchEvent): void => {
      if (touch === undefined) return;
      if (touchBefore > 0 && touch.clientY !== touchBefore) turn(touch.clientY > touchBefore);
      touchBefore = touch.clientY;
    };
    const onTouchEnd = (): void => {
      touchBefore = 0;
    };
    // What the reader unfolds stays where it is, and is not scrolled away with the end.
    const onClick = ({ target }: Event): void => {
      if ((target as Element).closest("summary") !== null) isPinnedNow.current = false;
    };
    const over = new AbortController();
    const passive = { passive: true, signal: over.signal };
    scrolled.addEventListener("scroll", onScroll, passive);
    scrolled.addEventListener("wheel", onWheel, passive);
    scrolled.addEventListener("keydown", onKey, passive);
    scrolled.addEventListener("touchmove", onTouch, passive);
    scrolled.addEventListener("touchend", onTouchEnd, passive);
    scrolled.addEventListener("click", onClick, passive);
    observer.observe(grown);
    observer.observe(scrolled);
    return () => {
      observer.disconnect();
      over.abort();
    };
  }, [subject]);

  return { area, content, isPinned, pin };
}
