import type { JSX } from "preact";

/** The icons' lines, on a field of 24 by 24. */
const lines = {
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h10",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 11.5v1M12 11.5v1M19 11.5v1",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM20 20l-4-4",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  attach:
    "M20 11.5l-7.8 7.8a5 5 0 01-7-7l8-8a3.3 3.3 0 014.7 4.7l-7.9 7.9a1.7 1.7 0 01-2.4-2.4l7.2-7.2",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  edit: "M4 20l1-4L16.5 4.5a2.1 2.1 0 013 3L8 19zM14.5 6.5l3 3",
  again: "M19.5 12a7.5 7.5 0 11-2.3-5.4L20 9M20 4v5h-5",
  up: "M7 11v9H4v-9zM7 11l4-7.5c1.5 0 2.5 1 2.3 2.5L13 10h5.5a1.8 1.8 0 011.8 2.2l-1.3 6.3a2 2 0 01-2 1.5H7",
  down: "M17 13V4h3v9zM17 13l-4 7.5c-1.5 0-2.5-1-2.3-2.5L11 14H5.5a1.8 1.8 0 01-1.8-2.2L5 5.5A2 2 0 017 4h10",
  left: "M14.5 6l-6 6 6 6",
  right: "M9.5 6l6 6-6 6",
  toNewest: "M12 5v14M5.5 12.5L12 19l6.5-6.5",
  data: "M12 10c4.4 0 8-1.3 8-3s-3.6-3-8-3-8 1.3-8 3 3.6 3 8 3zM4 7v10c0 1.7 3.6 3 8 3s8-1.3 8-3V7M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  settings:
    "M4 8h9M17 8h3M4 16h3M11 16h9M15 10a2 2 0 100-4 2 2 0 000 4zM9 18a2 2 0 100-4 2 2 0 000 4z",
  rename: "M4 20h16M6 16l.8-3.2L15 4.5a1.7 1.7 0 012.5 2.5L9.2 15.2z",
  delete: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  idea: "M9.5 17h5M10 20h4M8.5 14.5A5.5 5.5 0 1115.5 14.5c-.7.6-1 1.5-1 2.5h-5c0-1-.3-1.9-1-2.5z",
  tool: "M14.5 6.5a4 4 0 015-1l-2.7 2.7 1.5 1.5L21 7a4 4 0 01-5.5 5L8 19.5a1.8 1.8 0 01-3-3L12.5 9a4 4 0 012-2.5z",
  link: "M10 14l4-4M8.5 11.5L6 14a3 3 0 004.2 4.2l2.3-2.4M15.5 12.5L18 10a3 3 0 00-4.2-4.2L11.5 8.2",
  refresh: "M19.5 12a7.5 7.5 0 11-2.3-5.4L20 9M20 4v5h-5",
} as const;

export type IconName = keyof typeof lines;

/** A drawing; what it means is said elsewhere. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={lines[name]} />
    </svg>
  );
}
