import type { JSX } from "preact";

/** The whole page. */
export function Page(): JSX.Element {
  return (
    <main>
      <h1>turnkeep</h1>
    </main>
  );
}
