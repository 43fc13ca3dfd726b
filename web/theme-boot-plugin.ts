import type { Plugin } from "vite";

/**
 * Puts the script that sets the theme into the page's head, as a classic script: browsers run it
 * before they draw the page. It must not import anything.
 */
export function themeBoot(): Plugin {
  return {
    name: "theme-boot",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) => {
        const chunk = Object.values(bundle ?? {}).find(
          (each) => each.type === "chunk" && each.name === "theme-boot",
        );
        if (chunk === undefined) return [];
        return [{ tag: "script", attrs: { src: `./${chunk.fileName}` }, injectTo: "body-prepend" }];
      },
    },
  };
}
