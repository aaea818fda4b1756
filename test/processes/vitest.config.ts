import { defineConfig, mergeConfig } from "vitest/config";
import { shared } from "../../vitest.config.js";

/**
 * The tests that take seconds each: those that start processes (commands, servers, a browser, nginx, the content of
 * the image), and those that compute or import for long: `npm run test:processes`.
 */
export default mergeConfig(
  shared,
  defineConfig({ test: { include: ["test/**/*.processes.ts", "test/**/*.slow.ts"] } }),
);
