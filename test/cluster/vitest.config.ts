import { defineConfig, mergeConfig } from "vitest/config";
import { shared } from "../../vitest.config.js";

/** The fault tests: `npm run test:faults`. They kill processes, fill disks and wait for leases to expire. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ["test/cluster/**/*.faults.ts"],
      maxWorkers: 2,
      maxConcurrency: 4,
      // Only for tests that hang: each test itself limits how soon something must be done.
      testTimeout: process.env.MEDOID_FAULTS === "long" ? 3_600_000 : 600_000,
      hookTimeout: 300_000,
    },
  }),
);
