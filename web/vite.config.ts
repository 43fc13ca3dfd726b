import { defineConfig } from "vite";
import { markdown } from "./vite.markdown.ts";

export default defineConfig({
  // The page works under any path that it is mounted at.
  base: "./",
  plugins: [markdown()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    // Data URLs would be fetched again with every page that is not cached.
    assetsInlineLimit: 0,
  },
});
