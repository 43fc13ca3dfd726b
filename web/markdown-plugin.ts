import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Packages of the parser that files of their names in `src/markdown/browser` stand in for. */
const replaced = ["entities", "get-east-asian-width", "linkify-it", "punycode.js", "uc.micro"];

/**
 * Leaves out of the build what Markdown's packages bring along and every browser already has, a
 * third of their size, and the formats of fonts that only old browsers ask for.
 */
export function markdown(): Plugin {
  return {
    name: "turnkeep-markdown",
    enforce: "pre",
    config: () => ({
      resolve: {
        alias: Object.fromEntries(
          replaced.map((name) => [
            name,
            fileURLToPath(new URL(`src/markdown/browser/${name}.ts`, import.meta.url)),
          ]),
        ),
      },
    }),
    transform: {
      filter: { id: /katex\.min\.css$/ },
      handler: (css) => css.replaceAll(/,url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)/g, ""),
    },
  };
}
