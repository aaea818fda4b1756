import { defineConfig, mergeConfig } from "vitest/config";
import { shared } from "../../vitest.config.js";

/** The projects of real clients: `npm run test:clients`. Each is installed from its registry. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ["test/clients/**/*.clients.ts"],
      testTimeout: 300_000,
      hookTimeout: 600_000,
    },
  }),
);
