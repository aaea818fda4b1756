import { setTimeout as delay } from "node:timers/promises";
import type { BullConnection } from "./bullConnection.js";
import type { BullJob } from "./bullJobs.js";

/** Before adding is tried again: at first, and at most. */
const shortestPause = 100;
const longestPause = 2_000;
const addBeforeStopMilliseconds = 2_000;

/** The jobs whose rows were written, and that BullMQ does not have yet. */
export interface Outbox {
  /** Adds the job, and retries until BullMQ has it. */
  add(job: BullJob): void;
  /** From now on gives up soon what cannot be added, or no longer does: the rows say what there is to do. */
  setStopping(isStopping: boolean): void;
  /** Resolves once no job is being added. */
  settled(): Promise<void>;
}

export function createOutbox(bull: BullConnection, report: (error: unknown) => void): Outbox {
  const waiting = new Map<string, BullJob>();
  let adding: Promise<void> | undefined;
  let stopping = false;

  async function addAll(): Promise<void> {
    let pause = shortestPause;
    const giveUpAt = () => (stopping ? performance.now() + addBeforeStopMilliseconds : Infinity);
    let until = giveUpAt();
    while (waiting.size > 0 && performance.now() < until) {
      const jobs = [...waiting.values()];
      try {
        await bull.use((queue) => queue.add(jobs));
        for (const { id } of jobs) waiting.delete(id);
      } catch (error) {
        report(error);
        await delay(pause);
        pause = Math.min(2 * pause, longestPause);
        until = Math.min(until, giveUpAt());
      }
    }
  }

  return {
    add(job) {
      waiting.set(job.id, job);
      adding ??= addAll().finally(() => {
        adding = undefined;
      });
    },
    setStopping(isStopping) {
      stopping = isStopping;
    },
    async settled() {
      await adding;
    },
  };
}
