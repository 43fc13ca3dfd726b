import { defineConfig } from "vitest/config";

// Beside the other tests, since a cluster takes half a minute to form and a gigabyte to run.
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  resolve: { conditions: ["turnkeep-source"] },
  ssr: { resolve: { conditions: ["turnkeep-source"] } },
  test: {
    name: "cluster",
    include: ["test/cluster/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
