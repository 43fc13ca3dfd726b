import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["turnkeep-source"] },
  ssr: { resolve: { conditions: ["turnkeep-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
    },
  },
});
