import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { hdbscan, InvalidClusteringInputError } from "../../src/clustering/index.js";
import { sharedClumps } from "./sharedClumps.js";
import { countThreads, settled, threadsAreCounted } from "./threadsOfProcess.js";

const REASON = new Error("no longer wanted");

it.skipIf(!threadsAreCounted)(
  "no thread is left, nor memory, after 200 runs that succeed, fail or are cancelled",
  { timeout: 240_000 },
  async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const points = sharedClumps(400, 8);
    const faulty = sharedClumps(400, 8);
    faulty.data[1234] = Number.NaN;
    const large = sharedClumps(6000, 32);
    const run = async (k: number): Promise<void> => {
      if (k % 10 === 3) {
        await expect(hdbscan(faulty)).rejects.toBeInstanceOf(InvalidClusteringInputError);
      } else if (k % 20 === 7) {
        const abort = new AbortController();
        const cancelled = hdbscan(large, { signal: abort.signal, onProgress: () => abort.abort(REASON) });
        await expect(cancelled).rejects.toBe(REASON);
      } else {
        await hdbscan(points);
      }
    };
    const memory = (): number => {
      collect();
      const { rss } = process.memoryUsage();
      return rss / 2 ** 20;
    };
    await settled();
    const threads = countThreads();
    for (let k = 0; k < 50; k++) await run(k);
    await settled();
    const warm = memory();
    for (let k = 50; k < 200; k++) await run(k);
    await vi.waitFor(() => expect(countThreads()).toBeLessThanOrEqual(threads), { timeout: 60_000 });
    expect(memory() - warm).toBeLessThan(40);
  },
);
