import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.js";

/** The fault tests: `npm run test:faults`. They kill processes, fill disks and wait for leases to lapse. */
const { test, ...others } = shared;
export default mergeConfig(
  others,
  defineConfig({
    test: {
      ...test,
      include: ["test/cluster/**/*.faults.ts"],
      maxWorkers: 2,
      maxConcurrency: 6,
      testTimeout: process.env.MEDOID_FAULTS === "long" ? 3_600_000 : 180_000,
      hookTimeout: 120_000,
    },
  }),
);
