import { expect, test } from "vitest";
import { compareInThread } from "../../src/analysis/compareInThread.js";
import { bytesOf, compare, readOverlaps } from "../../src/analysis/comparison.js";

/** The overlaps of two clusterings of many clusters whose sizes all differ, so that a comparison takes long. */
function manyOverlaps(clusters: number): string {
  const pairs = Array.from({ length: clusters }, (_, n) => [`${n} ${n} ${n + 1}`, `${n} ${n + 1} ${2 * n + 1}`]);
  return pairs.flat().join(",");
}

test("a comparison in a thread is that of this one", async () => {
  for (const text of ["", "0 0 5", "0 0 4,0 1 4,-1 1 2,2 -1 7", manyOverlaps(40)]) {
    const comparison = await compareInThread(text);
    expect(comparison).toEqual(compare(readOverlaps(text)));
    expect(bytesOf(comparison)).toBeGreaterThan(20 * comparison.overlaps.from.length);
  }
});

test("is ended by its signal", async () => {
  const controller = new AbortController();
  const comparing = compareInThread(manyOverlaps(4_000), controller.signal);
  setImmediate(() => controller.abort(new Error("the time is over")));
  await expect(comparing).rejects.toThrow("the time is over");
  await expect(compareInThread("0 0 1", controller.signal)).rejects.toThrow("the time is over");
});
