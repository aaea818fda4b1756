import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DatabaseThreads, openDatabaseThreads } from "../../src/database/threads/databaseThreads.js";
import { ThreadEndedError, threadProgram } from "../../src/runtime/threadProgram.js";

/** Runs tasks as a built program does, and others that end the thread. */
const program = threadProgram(
  `
  import { setTimeout as delay } from "node:timers/promises";
  import { parentPort, threadId } from "node:worker_threads";
  const tasks = {
    thread: () => threadId,
    wait: async ({ channel: { stop, port }, input }) => {
      port.postMessage("begun");
      while (Atomics.load(stop, 0) === 0 && Date.now() < input) await delay(5);
      return threadId;
    },
    exit: () => process.exit(7),
    throwLater: () => new Promise(() => setTimeout(() => { throw new Error("thrown in a timer"); })),
    exhaustMemory: () => { const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length)); },
  };
  parentPort.on("message", async ({ name, ...message }) => {
    parentPort.postMessage({ value: await tasks[name](message) });
  });
`,
  "testTasks.js",
);

let threads: DatabaseThreads;
beforeEach(() => {
  threads = openDatabaseThreads(program, "file:unused");
});
afterEach(() => threads.close());

describe("a database thread that ends", () => {
  test.each([
    ["exit", "A database thread ended before its work was done, with code 7."],
    ["throwLater", "A database thread ended before its work was done, by an error: thrown in a timer."],
  ])("(%s) fails its task only, and other tasks are done by new threads", async (name, message) => {
    const first = await threads.run("thread", null);
    const failing = threads.run(name, null);
    await expect(failing).rejects.toThrow(ThreadEndedError);
    await expect(failing).rejects.toThrow(message);
    expect(await threads.run("thread", null)).not.toBe(first);
  });

  test("for lack of memory fails its task only", async () => {
    const small = openDatabaseThreads(
      { start: (workerData) => program.start(workerData, { maxOldGenerationSizeMb: 16 }) },
      "file:unused",
    );
    const failing = small.run("exhaustMemory", null);
    await expect(failing).rejects.toThrow(ThreadEndedError);
    await expect(failing).rejects.toThrow(/memory limit/);
    expect(await small.run("thread", null)).toEqual(expect.any(Number));
    await small.close();
  });

  test("leaves its place to a task that waits for one", async () => {
    const until = Date.now() + 3_600_000;
    const stopping = new AbortController();
    const busy = [1, 2, 3].map(() => threads.run("wait", until, { signal: stopping.signal }));
    const ended = threads.run("exit", null);
    const waits = threads.run("thread", null);
    await expect(ended).rejects.toThrow(ThreadEndedError);
    expect(await waits).toEqual(expect.any(Number));
    stopping.abort();
    await Promise.all(busy);
  });
});

test("four tasks run at a time, and the fifth waits until one has ended or is aborted", async () => {
  const until = Date.now() + 3_600_000;
  const stopping = [0, 1, 2, 3].map(() => new AbortController());
  const begun: Promise<void>[] = [];
  const busy = stopping.map(({ signal }) => {
    let onProgress = () => {};
    begun.push(
      new Promise((resolve) => {
        onProgress = resolve;
      }),
    );
    return threads.run<number>("wait", until, { signal, onProgress });
  });
  await Promise.all(begun);
  const unwanted = new AbortController();
  const fifth = threads.run("thread", null, { signal: unwanted.signal });
  const sixth = threads.run("thread", null);
  unwanted.abort(new Error("no longer wanted"));
  await expect(fifth).rejects.toThrow("no longer wanted");
  stopping[2].abort();
  const freed = await busy[2];
  expect(await sixth).toBe(freed);
  for (const each of stopping) each.abort();
  expect(new Set(await Promise.all(busy)).size).toBe(4);
});
