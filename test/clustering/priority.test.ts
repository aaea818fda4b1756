import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { hdbscan } from "../../src/clustering/index.js";

/** How nice each thread of this process is: 0 unless it lowered its priority. */
function niceness(): number[] {
  return readdirSync("/proc/self/task").map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });
}

test.skipIf(!existsSync("/proc/thread-self"))(
  "the engine's threads leave the processors to requests, the calling thread keeps its priority",
  async () => {
    const own = getPriority();
    const before = niceness().filter((nice) => nice >= 10).length;
    let during = 0;
    const data = Float32Array.from({ length: 3000 * 8 }, (_, i) => Math.sin(i * i));
    await hdbscan(
      { data, dimensions: 8 },
      {
        minClusterSize: 5,
        threads: 2,
        onProgress: () => {
          during = Math.max(during, niceness().filter((nice) => nice >= 10).length);
        },
      },
    );
    expect(during - before).toBeGreaterThanOrEqual(1);
    expect(getPriority()).toBe(own);
  },
);
