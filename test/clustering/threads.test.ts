import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { estimate, hdbscan, InvalidClusteringInputError, type Points } from "../../src/clustering/index.js";
import { random } from "./shuffled.js";

/** Clumps with stray points, in memory that threads share. */
function clumps(rows: number, dimensions: number, seed = 1): Points {
  const next = random(seed);
  const data = new Float32Array(new SharedArrayBuffer(rows * dimensions * 4));
  for (let row = 0; row < rows; row++) {
    const centre = next() < 0.1 ? 3 * next() : Math.floor(next() * 6);
    for (let c = 0; c < dimensions; c++) data[row * dimensions + c] = ((centre * (c + 3)) % 7) + next();
  }
  return { data, dimensions };
}

const REASON = new Error("no longer wanted");

/** The threads of this process, as the kernel reports them; idle threads of the engine end after a second. */
const TASKS = "/proc/self/task";
const settled = () => sleep(1_300);
const countThreads = () => readdirSync(TASKS).length;

/** Milliseconds of processor time that all threads of this process have used. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

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
      const points = clumps(rows, dimensions);
      const options = { minClusterSize: 8, minSamples: 6 };
      const alone = await hdbscan(points, { ...options, threads: 1 });
      expect(alone.sizes.length).toBeGreaterThan(2);
      for (const threads of [2, 4]) expect(await hdbscan(points, { ...options, threads })).toEqual(alone);
    }
  });

  it.skipIf(!existsSync(TASKS))(
    "several clusterings at once share the threads, and have the right results",
    async () => {
      await settled();
      const before = countThreads();
      const points = [1, 2, 3, 4, 5].map((seed) => clumps(1500, 16, seed));
      const alone = [];
      for (const each of points) alone.push(await hdbscan(each, { threads: 1 }));
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, countThreads());
      }, 5);
      expect(await Promise.all(points.map((each) => hdbscan(each)))).toEqual(alone);
      clearInterval(watch);
      // One leading thread for each, and no more helping threads than there are cores.
      expect(most - before).toBeLessThanOrEqual(points.length + Math.max(1, availableParallelism() - 1));
    },
  );

  it.skipIf(!existsSync(TASKS))(
    "no thread is left, nor memory, after 200 runs that succeed, fail or are cancelled",
    { timeout: 240_000 },
    async () => {
      setFlagsFromString("--expose-gc");
      const collect: () => void = runInNewContext("gc");
      const points = clumps(400, 8);
      const faulty = clumps(400, 8);
      faulty.data[1234] = Number.NaN;
      const large = clumps(6000, 32);
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

  it("a cancelled clustering stops computing, at any stage", async () => {
    const points = clumps(5_000, 64);
    const begun = processorTime();
    await hdbscan(points);
    const whole = processorTime() - begun;
    for (const after of [0.0, 0.05, 0.3, 0.6, 0.9]) {
      const abort = new AbortController();
      let usedAtAbort = 0;
      const cancelled = hdbscan(points, {
        signal: abort.signal,
        onProgress: ({ progress }) => {
          if (progress < after || usedAtAbort > 0) return;
          usedAtAbort = processorTime();
          abort.abort(REASON);
        },
      });
      await expect(cancelled).rejects.toBe(REASON);
      expect(processorTime() - usedAtAbort).toBeLessThan(whole / 4);
    }
  });

  it("the calling thread copies rows in tasks that are short compared with the whole copy", async () => {
    const shared = clumps(240_000, 64);
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

it.skipIf(!existsSync(TASKS))("no more threads are started than the machine can run at once", async () => {
  await settled();
  const before = countThreads();
  let most = 0;
  const points = clumps(3000, 24);
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

  it("takes into account that input too large for a WebAssembly memory is left to the portable kernel", () => {
    const approximate = { minClusterSize: 10, algorithm: "APPROXIMATE_HDBSCAN" } as const;
    const within = estimate(3_000_000, 384, approximate);
    const beyond = estimate(6_000_000, 384, approximate);
    expect(beyond.seconds / within.seconds).toBeGreaterThan(20);
    expect(beyond.bytes / within.bytes).toBeLessThan(2.1);
  });
});
