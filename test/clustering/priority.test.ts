import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { hdbscan } from "../../src/clustering/index.js";
import { tellsOfThreads, yieldingThreads } from "../ownThreads.js";

test.skipIf(!tellsOfThreads)(
  "the engine's threads leave the processors to requests, while the calling thread keeps its priority",
  async () => {
    const own = getPriority();
    const before = yieldingThreads().length;
    let during = 0;
    const data = Float32Array.from({ length: 3000 * 8 }, (_, i) => Math.sin(i * i));
    await hdbscan(
      { data, dimensions: 8 },
      {
        minClusterSize: 5,
        threads: 2,
        onProgress: () => {
          during = Math.max(during, yieldingThreads().length);
        },
      },
    );
    expect(during - before).toBeGreaterThanOrEqual(1);
    expect(getPriority()).toBe(own);
  },
);
