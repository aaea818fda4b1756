import { setTimeout as delay } from "node:timers/promises";
import type { BullConnection } from "./bullConnection.js";
import type { BullJob } from "./bullJobs.js";

/** Pauses in milliseconds before adding is tried again: the first and the longest. */
const shortestPause = 100;
const longestPause = 2_000;
const addBeforeStopMilliseconds = 2_000;

/** Jobs whose rows were written but which BullMQ does not have yet. */
export interface Outbox {
  /** Adds a job to BullMQ, and retries until it succeeds. */
  add(job: BullJob): void;
  /**
   * While the process is stopping, adding is retried only briefly: a job that is not added is restored from
   * its row.
   */
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
