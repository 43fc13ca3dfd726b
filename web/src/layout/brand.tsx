import type { JSX } from "preact";
import { usePageState } from "../page-state.ts";

/** The logo, and the name of what answers. */
export function Brand(): JSX.Element {
  const { name } = usePageState();
  return (
    <span class="brand">
      <Logo />
      <span class="brand-name">{name.value}</span>
    </span>
  );
}

/** The configured logo, or the page's own: it stands beside the name. */
export function Logo({ size = 28 }: { readonly size?: number }): JSX.Element {
  const { logo } = usePageState().configuration;
  if (logo !== undefined) return <img class="logo" src={logo} alt="" width={size} height={size} />;
  return (
    <svg class="logo" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect class="logo-field" width="32" height="32" rx="9" />
      <path class="logo-lines" d="M9 9.5h14M16 9.5V16M10 22.5h12a3.25 3.25 0 000-6.5H10" />
    </svg>
  );
}
