import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import { InvalidClusteringInputError } from "../clustering/index.js";
import { EmbeddingUnreadableError } from "../database/bulkErrors.js";
import type { Database } from "../database/database.js";
import type { ClusteringResult, Prisma } from "../database/generated/sqlite/client.js";
import { retryWhenBusy } from "../database/retryWhenBusy.js";
import type { ClusteringChanges } from "./clusteringChanges.js";
import { createProgressWriter } from "./clusteringProgress.js";
import type { ClusteringQueue } from "./clusteringQueue.js";
import type { Engine } from "./engine.js";
import { MedoidUnmappedError } from "./mappedMedoids.js";
import { EmbeddingsGoneError, runClustering } from "./runClustering.js";

export interface EmbeddedQueueOptions {
  /** Clusterings that are computed at a time. */
  concurrency: number;
  /** That the clusterings share. */
  threads: number;
  /** A worker that has not renewed its lease for so long is taken for dead. */
  leaseMilliseconds?: number;
  /** Between two looks at the rows: for clusterings of other processes, and for cancellations by them. */
  pollMilliseconds?: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts?: number;
}

/** Between two tries to write how an attempt has ended; a process that stops gives up after so many. */
const settlingPause = 500;
const settlingTries = 10;
/** Between two looks for what attempts have left behind that could not clear up themselves. */
const sweepMilliseconds = 60_000;
const sameFailureMilliseconds = 30_000;

/** Why an attempt was stopped from outside. */
class AttemptStopped extends Error {
  override readonly name = "AttemptStopped";
  constructor(readonly because: "LEASE_LOST" | "CANCELLED" | "HANDED_BACK") {
    super(`The attempt was stopped: ${because}`);
  }
}

interface Attempt {
  clustering: ClusteringResult;
  /** An earlier attempt has ended without a result: its process may have been lost through this very clustering. */
  alone: boolean;
  abort: AbortController;
  ended: Promise<void>;
}

/**
 * The queue inside one process: first come first served, from the ClusteringResult rows. Several processes may
 * share one database: a claim is a lease in the row, taken by one conditional update and renewed while the work
 * goes on in other threads, so that none runs what another runs, nor takes it for dead.
 *
 * What has once ended without a result runs alone in its process from then on: should it be the one that takes
 * processes down with it, it takes no others' attempts.
 */
export function createEmbeddedQueue(
  database: Database,
  engine: Engine,
  changes: ClusteringChanges,
  options: EmbeddedQueueOptions,
): ClusteringQueue {
  const {
    concurrency,
    threads,
    leaseMilliseconds = 10_000,
    pollMilliseconds = 500,
    maxAttempts = 3,
  } = options;
  const { prisma } = database;
  const owner = uuid();
  const attempts = new Map<string, Attempt>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let sweeping: Promise<void> | undefined;
  let started = false;
  let lookedAt = 0;
  let sweepAt = 0;

  const reportFailure = createFailureReport();

  const leaseEnd = () => new Date(Date.now() + leaseMilliseconds);
  const lapsed = (): Prisma.ClusteringResultWhereInput => ({
    status: "RUNNING",
    leaseExpiresAt: { lt: new Date() },
  });

  async function updateMany(args: Prisma.ClusteringResultUpdateManyArgs): Promise<number> {
    const { count } = await retryWhenBusy(() => prisma.clusteringResult.updateMany(args));
    return count;
  }

  /**
   * Takes up the oldest clustering that waits or whose worker is gone; null where there is none, or where it waits
   * for the others to end.
   */
  async function claim(): Promise<ClusteringResult | null> {
    for (;;) {
      const candidate = await prisma.clusteringResult.findFirst({
        // What runs here may have lapsed while this process stood still: it is renewed, not taken up twice.
        where: { id: { notIn: [...attempts.keys()] }, OR: [{ status: "QUEUED" }, lapsed()] },
        orderBy: [{ createdAt: "asc" }, { id: "asc" }],
        select: { id: true, attempt: true, handedBack: true },
      });
      if (!candidate) return null;
      const { id, attempt, handedBack } = candidate;
      // Conditional on the attempt: of several processes that saw this candidate, one moves it on.
      const where = { id, attempt, OR: [{ status: "QUEUED" as const }, lapsed()] };
      if (attempt - handedBack >= maxAttempts) {
        const message = `It was taken up ${attempt - handedBack} times, and each time its worker ended without a result.`;
        if ((await updateMany({ where, data: failure("ATTEMPTS_SPENT", message) })) > 0) changes.changed(id);
        continue;
      }
      if (attempt > handedBack && attempts.size > 0) return null;
      const claimed = await updateMany({
        where,
        data: {
          status: "RUNNING",
          stage: "LOADING",
          progress: 0,
          attempt: attempt + 1,
          startedAt: new Date(),
          leaseOwner: owner,
          leaseExpiresAt: leaseEnd(),
        },
      });
      if (claimed === 0) continue;
      changes.changed(id);
      const clustering = await prisma.clusteringResult.findUnique({ where: { id } });
      if (clustering?.attempt === attempt + 1) return clustering;
    }
  }

  const runsAlone = () => Array.from(attempts.values()).some(({ alone }) => alone);

  /** Fills the free places. One look at a time; whoever asks during a look gets another after it. */
  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true;
      return looking;
    }
    looking = (async () => {
      do {
        lookAgain = false;
        while (started && attempts.size < concurrency && !runsAlone()) {
          const clustering = await claim();
          if (!clustering) break;
          begin(clustering);
        }
      } while (lookAgain);
    })();
    try {
      await looking;
    } finally {
      looking = undefined;
    }
  }

  function begin(clustering: ClusteringResult): void {
    const abort = new AbortController();
    const alone = clustering.attempt - 1 > clustering.handedBack;
    const attempt: Attempt = { clustering, alone, abort, ended: Promise.resolve() };
    attempts.set(clustering.id, attempt);
    attempt.ended = run(attempt).finally(() => {
      attempts.delete(clustering.id);
      changes.changed(clustering.id);
      if (started) look().catch(reportFailure);
    });
  }

  /**
   * Writes how an attempt has ended, again and again until the database takes it: unwritten, it would count as a
   * worker that was lost. A process that stops does not wait for long.
   */
  async function settle(
    mine: Prisma.ClusteringResultWhereInput,
    data: Prisma.ClusteringResultUpdateManyMutationInput,
  ) {
    for (let left = settlingTries; started || left > 0; left--) {
      try {
        await updateMany({ where: mine, data });
        return;
      } catch (error) {
        reportFailure(error);
        await delay(settlingPause);
      }
    }
  }

  async function run({ clustering, abort }: Attempt): Promise<void> {
    const { id, attempt } = clustering;
    const progress = createProgressWriter(prisma, clustering, () => changes.changed(id));
    const mine = { id, attempt, status: "RUNNING" as const };
    try {
      await runClustering(database, engine, clustering, {
        threads,
        progress,
        signal: abort.signal,
        onUnavailable: reportFailure,
      });
      await progress.stop();
    } catch (error) {
      await progress.stop();
      // Each of these is conditional on the attempt: where another has taken over, nothing changes.
      if (error instanceof AttemptStopped) {
        if (error.because === "HANDED_BACK") {
          await settle(mine, { ...queuedAgain, handedBack: { increment: 1 } });
        }
        return;
      }
      const code = failureCode(error);
      const message = error instanceof Error ? error.message : String(error);
      if (code) {
        await settle(mine, failure(code, message));
      } else if (attempt - clustering.handedBack >= maxAttempts) {
        const spent = `It was tried ${attempt - clustering.handedBack} times; the last time it failed with: ${message}`;
        await settle(mine, failure("ATTEMPTS_SPENT", spent));
      } else {
        await settle(mine, queuedAgain);
      }
    }
  }

  /** Renews the leases held here, and stops what was cancelled or taken over meanwhile. */
  async function renew(): Promise<void> {
    for (const { clustering, abort } of attempts.values()) {
      const { id, attempt } = clustering;
      const renewed = await updateMany({
        where: { id, attempt, status: "RUNNING", leaseOwner: owner },
        data: { leaseExpiresAt: leaseEnd() },
      });
      if (renewed === 0) abort.abort(new AttemptStopped("LEASE_LOST"));
    }
  }

  async function tick(): Promise<void> {
    try {
      await renew();
      await look();
      lookedAt = performance.now();
      if (lookedAt >= sweepAt) {
        sweepAt = lookedAt + sweepMilliseconds;
        sweeping = database.bulk.discardAbandonedRows().catch(reportFailure);
      }
    } catch (error) {
      reportFailure(error);
    } finally {
      if (started) timer = setTimeout(tick, pollMilliseconds);
    }
  }

  return {
    async start() {
      if (started) return;
      started = true;
      await tick();
    },
    isRunning: () => started && performance.now() - lookedAt < leaseMilliseconds,
    added() {
      if (started) look().catch(reportFailure);
    },
    cancelled(id) {
      attempts.get(id)?.abort.abort(new AttemptStopped("CANCELLED"));
    },
    async stop() {
      started = false;
      clearTimeout(timer);
      await looking?.catch(() => {});
      await sweeping;
      for (const { abort } of attempts.values()) abort.abort(new AttemptStopped("HANDED_BACK"));
      await Promise.all(Array.from(attempts.values(), ({ ended }) => ended));
      clearTimeout(timer);
    },
  };
}

const withoutLease = { stage: null, leaseOwner: null, leaseExpiresAt: null };
const queuedAgain = { ...withoutLease, status: "QUEUED" as const, progress: 0, startedAt: null };

function failure(code: string, message: string) {
  return {
    ...withoutLease,
    status: "FAILED" as const,
    finishedAt: new Date(),
    failureCode: code,
    failureMessage: message,
  };
}

/** The code of a failure that would be the same at every attempt; undefined for all others. */
function failureCode(error: unknown): string | undefined {
  if (error instanceof MedoidUnmappedError) return "MEDOID_UNMAPPED";
  if (error instanceof EmbeddingUnreadableError) return "EMBEDDING_UNREADABLE";
  if (error instanceof EmbeddingsGoneError) return "NOT_ENOUGH_EMBEDDINGS";
  if (error instanceof InvalidClusteringInputError) return "INVALID_INPUT";
  return undefined;
}

/** The database could not be asked, and is asked again: the same failure is told once in a while. */
function createFailureReport(): (error: unknown) => void {
  let told: { message: string; at: number } | undefined;
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (told?.message === message && performance.now() - told.at < sameFailureMilliseconds) return;
    told = { message, at: performance.now() };
    console.error("The queue cannot use the database now, and tries again:", error);
  };
}
