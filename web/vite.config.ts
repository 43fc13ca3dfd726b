import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { markdown } from "./markdown-plugin.ts";
import { themeBoot } from "./theme-boot-plugin.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  // The page works under any path that it is mounted at.
  base: "./",
  plugins: [markdown(), themeBoot()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    // The page's policy lets nothing be loaded from data: but pictures.
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: path("index.html"), "theme-boot": path("src/theme/theme-boot.ts") },
    },
  },
});
