import { defineConfig, mergeConfig } from "vitest/config";
import { shared } from "../../vitest.config.js";

/**
 * The tests that start processes (commands, servers, a browser, nginx, the content of the image), each of which takes
 * seconds: `npm run test:processes`.
 */
export default mergeConfig(shared, defineConfig({ test: { include: ["test/**/*.processes.ts"] } }));
