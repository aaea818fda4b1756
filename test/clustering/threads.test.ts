import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { estimate, hdbscan, InvalidClusteringInputError, type Progress } from "../../src/clustering/index.js";
import { expectToStop } from "./expectToStop.js";
import { sharedClumps } from "./sharedClumps.js";
import { countThreads, settled, threadsAreCounted } from "./threadsOfProcess.js";
import { withoutEnds } from "./withoutEnds.js";

const REASON = new Error("no longer wanted");

/** Milliseconds of processor time that this thread has used, if the kernel reports it; otherwise by the clock. */
function timeOfThisThread(): number {
  if (!existsSync("/proc/thread-self/schedstat")) return performance.now();
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
}

describe("threads", () => {
  it("any number of threads gives the same result, bit for bit", async () => {
    for (const [rows, dimensions] of [
      [700, 2],
      [3000, 24],
    ]) {
      const points = sharedClumps(rows, dimensions);
      const options = { minClusterSize: 8, minSamples: 6 };
      const alone = await hdbscan(points, { ...options, threads: 1 });
      expect(alone.sizes.length).toBeGreaterThan(2);
      for (const threads of [2, 4]) {
        expect(withoutEnds(await hdbscan(points, { ...options, threads }))).toEqual(withoutEnds(alone));
      }
    }
  });

  it.skipIf(!threadsAreCounted)(
    "several clusterings at once share the threads, and have the right results",
    async () => {
      await settled();
      const before = countThreads();
      const points = [1, 2, 3, 4, 5].map((seed) => sharedClumps(1500, 16, seed));
      const alone = [];
      for (const each of points) alone.push(await hdbscan(each, { threads: 1 }));
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, countThreads());
      }, 5);
      const together = await Promise.all(points.map((each) => hdbscan(each)));
      expect(together.map(withoutEnds)).toEqual(alone.map(withoutEnds));
      clearInterval(watch);
      // One leading thread for each, and no more helping threads than there are cores.
      expect(most - before).toBeLessThanOrEqual(points.length + Math.max(1, availableParallelism() - 1));
    },
  );

  it("a cancelled clustering stops computing, at any stage", async () => {
    const points = sharedClumps(2_500, 64);
    await expectToStop<Progress>(
      (options) => hdbscan(points, options),
      [0.0, 0.05, 0.3, 0.6, 0.9].map(
        (share) =>
          ({ progress }) =>
            progress >= share,
      ),
    );
  });

  it("the calling thread copies rows in tasks that are short compared with the whole copy", async () => {
    const shared = sharedClumps(240_000, 64);
    const points = { ...shared, data: new Float32Array(shared.data) };
    let last = timeOfThisThread();
    new Float32Array(new SharedArrayBuffer(points.data.byteLength)).set(points.data);
    const whole = timeOfThisThread() - last;
    const abort = new AbortController();
    let longest = 0;
    last = timeOfThisThread();
    const watch = setInterval(() => {
      const now = timeOfThisThread();
      longest = Math.max(longest, now - last);
      last = now;
    }, 1);
    const cancelled = hdbscan(points, {
      threads: 1,
      signal: abort.signal,
      onProgress: () => abort.abort(REASON),
    });
    await expect(cancelled).rejects.toBe(REASON);
    clearInterval(watch);
    expect(longest).toBeLessThan(whole / 2);
  });
});

it.skipIf(!threadsAreCounted)("no more threads are started than the machine can run at once", async () => {
  await settled();
  const before = countThreads();
  let most = 0;
  const points = sharedClumps(3000, 24);
  await hdbscan(points, {
    threads: 1_000,
    onProgress: () => {
      most = Math.max(most, countThreads());
    },
  });
  expect(most - before).toBeGreaterThan(0);
  expect(most - before).toBeLessThanOrEqual(availableParallelism() + 1);
});

describe("estimate", () => {
  it.each([
    ["rows", [Number.NaN, 384]],
    ["rows", [-1, 384]],
    ["rows", ["10" as unknown as number, 384]],
    ["dimensions", [10, 0]],
    ["threads", [10, 3, {}, 0]],
    ["distinct", [10, 3, {}, 2, 11]],
    ["distinct", [10, 3, {}, 2, Number.NaN]],
    ["alpha", [10, 3, { alpha: Number.NaN }]],
    ["options", [10, 3, null as unknown as object]],
  ] as [string, Parameters<typeof estimate>][])("refuses an impossible value of %s: %o", (field, given) => {
    const outcome = () => estimate(...given);
    expect(outcome).toThrow(InvalidClusteringInputError);
    expect(outcome).toThrow(expect.objectContaining({ field }));
  });

  it("is finite for no rows and for the largest possible number", () => {
    for (const rows of [0, 1, Number.MAX_SAFE_INTEGER]) {
      const { seconds, bytes } = estimate(rows, 1);
      expect(Number.isFinite(seconds) && seconds > 0).toBe(true);
      expect(Number.isFinite(bytes) && bytes > 0).toBe(true);
    }
  });

  it("grows with rows and dimensions, and does not need the rows", () => {
    const small = estimate(1000, 384);
    const large = estimate(100_000, 384, { minClusterSize: 10 });
    const wide = estimate(100_000, 1536, { minClusterSize: 10 });
    expect(small.seconds).toBeLessThan(1);
    expect(large.seconds).toBeGreaterThan(10);
    expect(large.bytes).toBeGreaterThan(100_000 * 384 * 6);
    expect(large.bytes).toBeLessThan(1e9);
    const copies = estimate(1_000_000, 384, { minClusterSize: 10 }, 2, 15_000);
    expect(copies.seconds).toBeLessThan(10);
    expect(copies.bytes).toBeLessThan(large.bytes);
    expect(wide.seconds / large.seconds).toBeLessThan(4.5);
    expect(wide.bytes).toBeGreaterThan(2.3 * large.bytes);
  });

  it("has, for rows with many dimensions, the two matrices of moments of each thread", () => {
    const bytes = (rows: number, threads: number) => estimate(rows, 1536, {}, threads).bytes;
    const perThread = (rows: number) => (bytes(rows, 16) - bytes(rows, 1)) / 15;
    const matrices = 2 * 1536 ** 2 * 8;
    expect(perThread(20_000)).toBeGreaterThan(matrices);
    expect(perThread(20_000) - perThread(5000)).toBeGreaterThan(matrices);
  });

  it("takes into account that input too large for a WebAssembly memory is left to the portable kernel", () => {
    const approximate = { minClusterSize: 10, algorithm: "APPROXIMATE_HDBSCAN" } as const;
    const within = estimate(3_000_000, 384, approximate);
    const beyond = estimate(6_000_000, 384, approximate);
    expect(beyond.seconds / within.seconds).toBeGreaterThan(20);
    expect(beyond.bytes / within.bytes).toBeLessThan(2.1);
  });
});
