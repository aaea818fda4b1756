import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { hdbscan, type Points } from "../../src/clustering/index.js";
import { tellsOfThreads, yieldingThreads } from "../ownThreads.js";
import { random } from "./shuffled.js";

function noise(rows: number, dimensions: number): Points {
  const next = random(7);
  const data = new Float32Array(new SharedArrayBuffer(rows * dimensions * 4));
  for (let i = 0; i < data.length; i++) data[i] = next();
  return { data, dimensions };
}

/** Clusters on two threads, and returns how many milliseconds each has computed, the longer time first. */
async function shares(points: Points, standAside: Int32Array, beat: () => void) {
  const times = () => new Map(yieldingThreads().map(({ id, milliseconds }) => [id, milliseconds]));
  const before = times();
  const most = new Map<string, number>();
  const watch = setInterval(() => {
    beat();
    for (const [id, time] of times()) most.set(id, time - (before.get(id) ?? 0));
  }, 2);
  const result = await hdbscan(points, { threads: 2, standAside, minClusterSize: 5, minSamples: 5 });
  clearInterval(watch);
  const [leader, helper] = [...most.values()].sort((a, b) => b - a);
  return { result, leader, helper };
}

it.skipIf(!tellsOfThreads || availableParallelism() > 2)(
  "a helping thread pauses while it is asked to, and the result is the same",
  async () => {
    const points = noise(6_000, 64);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const calm = await shares(points, cell, () => {});
    expect(calm.helper).toBeGreaterThan(calm.leader / 3);
    const busy = await shares(points, cell, () => Atomics.add(cell, 0, 1));
    expect(busy.helper).toBeLessThan(busy.leader / 3);
    expect(busy.result).toEqual(calm.result);
  },
);
