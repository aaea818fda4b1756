import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import type { Database } from "../../database/database.js";
import { asUnavailable, DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { type Repetition, repeatedly } from "../../runtime/repeatedly.js";
import { waitAtMost } from "../../runtime/waitAtMost.js";
import type { Engine } from "../clustering/engine.js";
import { createClusteringAttempts } from "./attempts.js";
import {
  type FetchedJob,
  isQueueMissing,
  type JobQueue,
  JobQueueClosedError,
  openJobQueue,
} from "./bullJobs.js";
import type { ClusteringChanges } from "./changes.js";
import { createDatabaseClock } from "./databaseClock.js";
import { createFailureReport } from "./failureReport.js";
import { type ClusteringCandidate, createClusteringRows } from "./jobRows.js";
import {
  type ClusteringQueue,
  type ClusteringQueueOptions,
  queueDefaults,
  stopMilliseconds,
  sweepMilliseconds,
} from "./queue.js";
import { reconcileJobs } from "./reconcileJobs.js";

export interface SharedQueueOptions extends ClusteringQueueOptions {
  /** Between two reconciliations of jobs and rows. */
  reconcileMilliseconds?: number;
}

const lockMilliseconds = 6_000;
const stalledMilliseconds = 3_000;
const reconcileDefault = 60_000;
/** Before something that failed is tried again: at first, and at most. */
const shortestPause = 100;
const longestPause = 2_000;
/** A suspect is put off for others to take it, and after so long waited for until it can run alone here. */
const suspectPutOff = 1_000;
const suspectPatience = 10_000;
const addBeforeStopMilliseconds = 2_000;

/**
 * The queue that processes on any number of machines share: BullMQ's jobs, in the same PostgreSQL database, wake the
 * workers, say which clustering is next, and bring back those of workers that are gone. The rows are the truth: a
 * worker with a job still claims the row, as the embedded queue does, and holds its lease. So a job that is lost, or is
 * there twice, or comes back while its worker lives, does no harm.
 */
export function createSharedQueue(
  database: Database,
  engine: Engine,
  changes: ClusteringChanges,
  options: SharedQueueOptions,
): ClusteringQueue {
  const { concurrency, threads, events, reconcileMilliseconds = reconcileDefault } = options;
  const { leaseMilliseconds, pollMilliseconds, maxAttempts } = { ...queueDefaults, ...options };
  const locks = {
    lockMilliseconds: Math.min(lockMilliseconds, leaseMilliseconds),
    stalledMilliseconds: Math.min(stalledMilliseconds, leaseMilliseconds / 2),
  };
  const { report, worked } = createFailureReport(options.logger);
  const clock = createDatabaseClock(database);
  const worker = uuid();
  const rows = createClusteringRows(database, {
    owner: worker,
    leaseMilliseconds,
    maxAttempts,
    now: clock.now,
  });
  const attempts = createClusteringAttempts({ database, engine, rows, changes, events, threads, report });
  /** Of clusterings whose rows were written and whose jobs were not. */
  const unqueued = new Set<string>();
  /** Of attempts that run, or have ended and whose jobs are not settled. */
  const settling = new Set<Promise<void>>();
  const suspectsSince = new Map<string, number>();
  let jobs: Promise<JobQueue> | undefined;
  let adding: Promise<void> | undefined;
  let taking: Promise<void> | undefined;
  let repetitions: Repetition[] = [];
  let stopListening = () => {};
  let started = false;
  let computing = false;
  /** The database was away for too long when this was stopped. */
  let gaveUp = false;
  let stopping = new AbortController();
  let usedAt = 0;
  let placeFree = () => {};

  /** Opens the queue where it is not; what fails is opened anew the next time. */
  function opened(): Promise<JobQueue> {
    if (jobs) return jobs;
    const opening = openJobQueue(database.url, {
      ...locks,
      report,
    });
    jobs = opening;
    opening.catch(() => {
      if (jobs === opening) jobs = undefined;
    });
    return opening;
  }

  async function close(opening: Promise<JobQueue> | undefined): Promise<void> {
    if (jobs === opening) jobs = undefined;
    await opening?.then((queue) => queue.close()).catch(report);
  }

  /** @returns null where the queue turned out to be gone, and was created again: each row has its job then */
  async function withJobs<T>(use: (queue: JobQueue) => Promise<T>): Promise<T | null> {
    const used = opened();
    try {
      return await use(await used);
    } catch (error) {
      if (error instanceof JobQueueClosedError) return null;
      if (!isQueueMissing(error)) throw error;
      report(error);
      // Of several that find it gone, the first one closes it.
      if (jobs === used) await close(used);
      await reconcile(await opened());
      return null;
    }
  }

  async function reconcile(queue: JobQueue): Promise<void> {
    await clock.set();
    await reconcileJobs(queue, rows, onSpent);
  }

  function onSpent({ id, attempt }: ClusteringCandidate, message: string): void {
    changes.changed(id);
    events?.emit({ kind: "spent", id, attempt, message });
  }

  /** Adds the jobs of rows that were just written, again and again until it is done; should it not be, rows tell. */
  function addJobs(): Promise<void> {
    adding ??= (async () => {
      let pause = shortestPause;
      const giveUpAt = () =>
        stopping.signal.aborted ? performance.now() + addBeforeStopMilliseconds : Infinity;
      let until = giveUpAt();
      while (unqueued.size > 0 && performance.now() < until) {
        const ids = [...unqueued];
        try {
          await withJobs((queue) => queue.add(ids));
          for (const id of ids) unqueued.delete(id);
        } catch (error) {
          report(error);
          await delay(pause);
          pause = Math.min(2 * pause, longestPause);
          until = Math.min(until, giveUpAt());
        }
      }
    })().finally(() => {
      adding = undefined;
    });
    return adding;
  }

  /** Takes up jobs as long as there are places. */
  async function takeJobs({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      if (attempts.size >= concurrency || attempts.runsAlone()) {
        await new Promise<void>((resolve) => {
          placeFree = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        continue;
      }
      try {
        const job = await withJobs((queue) => queue.next());
        if (job) await take(job, signal);
      } catch (error) {
        report(error);
        await delay(longestPause / 2, undefined, { signal }).catch(() => {});
      }
    }
  }

  async function take(job: FetchedJob, signal: AbortSignal): Promise<void> {
    const { id } = job;
    try {
      if (signal.aborted) return await job.putBack();
      // It came back while this process stood still.
      if (attempts.has(id)) return await job.putOff(leaseMilliseconds);
      const candidate = await rows.find(id);
      if (!candidate) return await job.done();
      const spent = await rows.failIfSpent(candidate);
      if (spent !== null) {
        onSpent(candidate, spent);
        return await job.done();
      }
      if (!rows.isClaimable(candidate)) return await settleJob(job);
      if (rows.isSuspect(candidate) && attempts.size > 0) {
        const since = suspectsSince.get(id) ?? performance.now();
        suspectsSince.set(id, since);
        if (performance.now() - since < suspectPatience) return await job.putOff(suspectPutOff);
        await untilAlone(signal);
        if (signal.aborted) return await job.putBack();
      }
      suspectsSince.delete(id);
      const clustering = await rows.claim(candidate);
      if (!clustering) return await settleJob(job);
      changes.changed(id);
      const settled = attempts.run(clustering, candidate).then(async () => {
        placeFree();
        await settleJob(job).catch(report);
        settling.delete(settled);
      });
      settling.add(settled);
    } catch (error) {
      // Kept no longer than its lock holds, in case this fails as well.
      await job.putOff(shortestPause).catch(report);
      throw error;
    }
  }

  async function untilAlone(signal: AbortSignal): Promise<void> {
    while (attempts.size > 0 && !signal.aborted) await delay(pollMilliseconds);
  }

  /** Does with a job what its row says, which has moved on. */
  async function settleJob(job: FetchedJob): Promise<void> {
    const candidate = await rows.find(job.id);
    if (candidate?.status === "QUEUED") await job.putBack();
    else if (candidate?.status === "RUNNING") {
      // It comes back while its worker lives: that one's lease is waited for.
      const { leaseExpiresAt } = candidate;
      await job.putOff(Math.max(shortestPause, (leaseExpiresAt?.getTime() ?? 0) - clock.now()));
    } else await job.done();
  }

  async function renewLocks(): Promise<void> {
    if (jobs) await withJobs((queue) => queue.renewLocks());
  }

  async function look(): Promise<void> {
    await withJobs((queue) => queue.recoverStalled());
    usedAt = performance.now();
    worked();
  }

  return {
    async start({ computes = true } = {}) {
      if (!started) {
        started = true;
        gaveUp = false;
        stopping = new AbortController();
        try {
          await withJobs(reconcile);
          usedAt = performance.now();
        } catch (error) {
          if (!(asUnavailable(error) instanceof DatabaseUnavailableError)) {
            started = false;
            throw error;
          }
          report(error);
        }
        repetitions = [
          repeatedly(reconcileMilliseconds, async () => void (await withJobs(reconcile)), report),
          repeatedly(locks.stalledMilliseconds, look, report),
          repeatedly(sweepMilliseconds, () => database.bulk.discardAbandonedRows(), report, 0),
        ];
      }
      if (!computes || computing || stopping.signal.aborted) return;
      computing = true;
      events?.emit({ kind: "started", worker, concurrency, threads });
      repetitions.push(
        repeatedly(pollMilliseconds, attempts.renewLeases, report),
        repeatedly(locks.lockMilliseconds / 3, renewLocks, report),
      );
      stopListening = changes.onChangedElsewhere((id) => {
        attempts.renewLease(id).catch(report);
      });
      taking = takeJobs(stopping);
    },
    isRunning: () => started && performance.now() - usedAt < leaseMilliseconds,
    added(id) {
      unqueued.add(id);
      addJobs();
    },
    cancelled(id) {
      if (attempts.has(id)) attempts.cancel(id);
      else events?.emit({ kind: "cancelled", id });
    },
    async stop() {
      // Once is long enough.
      if (gaveUp) return;
      stopping.abort();
      started = false;
      const stop = async () => {
        const queue = await jobs?.catch(() => undefined);
        await queue?.stopWaiting();
        await taking;
        await attempts.handBack();
        await Promise.all(settling);
        stopListening();
        await Promise.all(repetitions.map((repetition) => repetition.stop()));
        await adding;
        await close(jobs);
      };
      gaveUp = !(await waitAtMost(stop().catch(report), stopMilliseconds));
      repetitions = [];
      computing = false;
    },
  };
}
