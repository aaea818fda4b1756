import { availableParallelism } from "node:os";
import { MessageChannel, Worker } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import { hdbscan, type Points } from "../../src/clustering/index.js";
import { helpOn, teamJob } from "../../src/clustering/team.js";
import { random } from "./shuffled.js";
import { withoutEnds } from "./withoutEnds.js";

const cellOf = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));

/**
 * A job of ten tasks on a helping thread whose clock advances by a millisecond each time that it is read.
 *
 * @param onTime called with the time, the cell and the job's counters: next task, pending helpers, whether it is over
 * @returns the times at which the helper took each of its tasks, and whether it has reported that it is done
 */
async function helperTimes(onTime: (time: number, cell: Int32Array, control: Int32Array) => void) {
  const { port1, port2 } = new MessageChannel();
  const cell = cellOf(1);
  const control = cellOf(3);
  control[1] = 1;
  let time = 0;
  const job = teamJob("note times", (_context, take) => {
    const times: number[] = [];
    while (take()) times.push(time);
    return times;
  });
  helpOn(port2, [job], cell, () => {
    time++;
    onTime(time, cell, control);
    return time;
  });
  Atomics.add(cell, 0, 1); // a request
  const done = new Promise<number[]>((resolve) => port1.once("message", resolve));
  port1.postMessage({ name: job.name, context: null, control, tasks: 10, batch: 1, slot: 1 });
  const times = await done;
  port1.close();
  return { times, pending: control[1] };
}

it("a helping thread takes no task until no request has come for 10 milliseconds, and then all that are left", async () => {
  const { times, pending } = await helperTimes((time, cell) => {
    if (time <= 40) Atomics.add(cell, 0, 1);
  });
  expect(times).toHaveLength(10);
  expect(times[0]).toBeGreaterThanOrEqual(50);
  expect(pending).toBe(0);
});

it("a helping thread that stands aside ends when other threads finish the job", async () => {
  const { times, pending } = await helperTimes((time, cell, control) => {
    Atomics.add(cell, 0, 1);
    if (time < 20) return;
    Atomics.store(control, 0, 10);
    Atomics.store(control, 2, 1);
  });
  expect(times).toEqual([]);
  expect(pending).toBe(0);
});

it("hdbscan makes helping threads stand aside so that one core is free, and the result is the same", async () => {
  const next = random(7);
  const points: Points = { data: Float32Array.from({ length: 2_000 * 16 }, next), dimensions: 16 };
  const parameters = { threads: 3, minClusterSize: 5, minSamples: 5 };
  const calm = await hdbscan(points, parameters);
  const cell = cellOf(1);
  const posted = vi.spyOn(Worker.prototype, "postMessage");
  const requests = setInterval(() => Atomics.add(cell, 0, 1), 1);
  try {
    const result = await hdbscan(points, { ...parameters, standAside: cell });
    expect(withoutEnds(result)).toEqual(withoutEnds(calm));
    const cells = posted.mock.calls
      .map(([task]) => task)
      .filter(({ kind }) => kind === "help")
      .map(({ standAside }) => standAside);
    const helpers = Math.min(3, availableParallelism()) - 1;
    const stay = Math.min(helpers, Math.max(0, availableParallelism() - 2));
    expect(cells).toEqual([...Array(stay).fill(undefined), ...Array(helpers - stay).fill(cell)]);
  } finally {
    clearInterval(requests);
    posted.mockRestore();
  }
});
