import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BulkStore } from "../../src/database/bulkStore.js";
import { createProgressWriter } from "../../src/jobs/computing/attemptProgress.js";

type Write = Parameters<BulkStore["writeProgress"]>;

/** What was written, and how the next writes end. */
let writes: { row: Write[0]; signal?: AbortSignal }[];
let outcome: () => Promise<void>;
let notifications: number;
beforeEach(() => {
  vi.useFakeTimers();
  writes = [];
  outcome = async () => {};
  notifications = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

function openWriter() {
  const writeProgress = (row: Write[0], options?: { signal?: AbortSignal }) => {
    writes.push({ row, signal: options?.signal });
    return outcome();
  };
  return createProgressWriter(
    { writeProgress } as Pick<BulkStore, "writeProgress">,
    { table: "ClusteringResult", id: "c", attempt: 2 },
    true,
    () => {
      notifications++;
    },
  );
}
const row = (stage: string, progress: number) => ({
  table: "ClusteringResult",
  id: "c",
  attempt: 2,
  stage,
  progress,
});
const written = () => writes.map(({ row }) => row);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test("progress is written at most four times a second, and only the latest value", async () => {
  const writer = openWriter();
  writer.loading(0.1);
  writer.loading(0.5);
  await pass(249);
  expect(written()).toEqual([]);
  await pass(1);
  expect(written()).toEqual([row("LOADING", 0.025)]);
  expect(notifications).toBe(1);
  await pass(10_000);
  expect(written()).toHaveLength(1);
  writer.engine("NEIGHBOURS", 0);
  await pass(250);
  writer.storing(1);
  await pass(250);
  expect(written().slice(1)).toEqual([row("NEIGHBOURS", 0.05), row("STORING", 1)]);
  await writer.stop();
});

test("progress goes from 0 to 1 through loading, the engine and storing, and never back", async () => {
  const writer = openWriter();
  const reports: [() => void, [string, number] | null][] = [
    [() => writer.loading(0), null],
    [() => writer.loading(1), ["LOADING", 0.05]],
    [() => writer.engine("NEIGHBOURS", 0), ["NEIGHBOURS", 0.05]],
    [() => writer.engine("NEIGHBOURS", 0.2), ["NEIGHBOURS", 0.23]],
    [() => writer.engine("NEIGHBOURS", 0.1), null],
    [() => writer.engine("TREE" as never, 1), ["TREE", 0.95]],
    [() => writer.storing(0.5), ["STORING", 0.975]],
    [() => writer.storing(2), ["STORING", 1]],
    [() => writer.storing(1), null],
  ];
  for (const [report, expected] of reports) {
    const before = writes.length;
    report();
    await pass(1_000);
    const rows = written().slice(before);
    expect(rows.map(({ stage }) => stage)).toEqual(expected ? [expected[0]] : []);
    if (expected) expect(rows[0].progress).toBeCloseTo(expected[1], 12);
  }
  await writer.stop();
});

test("one write at a time: progress that arrives during a write is written after it", async () => {
  let end: () => void = () => {};
  outcome = () => new Promise((resolve) => (end = resolve));
  const writer = openWriter();
  writer.engine("NEIGHBOURS", 0);
  await pass(250);
  writer.engine("NEIGHBOURS", 0.5);
  writer.storing(0);
  await pass(5_000);
  expect(written()).toEqual([row("NEIGHBOURS", 0.05)]);
  expect(notifications).toBe(0);
  end();
  await pass(249);
  expect([notifications, writes.length]).toEqual([1, 1]);
  await pass(1);
  expect(written().slice(1)).toEqual([row("STORING", 0.95)]);
  end();
  await pass(5_000);
  expect([notifications, writes.length]).toEqual([2, 2]);
  await writer.stop();
});

test("a write that fails notifies nobody, and the next one is made", async () => {
  outcome = () => Promise.reject(new Error("the disk is on fire"));
  const writer = openWriter();
  writer.loading(1);
  await pass(250);
  outcome = async () => {};
  await pass(1_000);
  expect([notifications, writes.length]).toEqual([0, 1]);
  writer.storing(1);
  await pass(250);
  expect([notifications, written()[1]]).toEqual([1, row("STORING", 1)]);
  await writer.stop();
});

test("after it is stopped nothing more is written", async () => {
  const writer = openWriter();
  writer.loading(1);
  await writer.stop();
  writer.storing(1);
  await pass(10_000);
  expect(writes).toEqual([]);
});

test("stopping waits for a write in progress, and gives it up after a second", async () => {
  outcome = () =>
    new Promise((_, reject) =>
      writes[0].signal?.addEventListener("abort", () => reject(new Error("aborted"))),
    );
  const writer = openWriter();
  writer.loading(1);
  await pass(250);
  writer.storing(1);
  let stopped = false;
  const stopping = writer.stop().then(() => {
    stopped = true;
  });
  await pass(999);
  expect([stopped, writes[0].signal?.aborted]).toEqual([false, false]);
  await pass(1);
  await stopping;
  await pass(10_000);
  expect([writes.length, notifications, writes[0].signal?.aborted]).toEqual([1, 0, true]);
});

test("a write that ends in time is not given up", async () => {
  let end: () => void = () => {};
  outcome = () => new Promise((resolve) => (end = resolve));
  const writer = openWriter();
  writer.loading(1);
  await pass(250);
  const stopping = writer.stop();
  end();
  await stopping;
  await pass(10_000);
  expect([notifications, writes[0].signal?.aborted]).toEqual([1, false]);
});
