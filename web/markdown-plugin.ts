import type { Plugin } from "vite";

const replaced = { entities: "entities", "linkify-it": "linkify-it", "uc.micro": "uc-micro" };

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
          Object.entries(replaced).map(([name, file]) => [
            name,
            new URL(`src/markdown/${file}.ts`, import.meta.url).pathname,
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
