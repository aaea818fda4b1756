import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Pothos and Yoga must meet one copy of graphql, whichever entry point they ask for.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/buildOnce.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
