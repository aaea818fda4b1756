import { setTimeout as delay } from "node:timers/promises";
import { InvalidClusteringInputError } from "../../clustering/index.js";
import type { Database } from "../../database/database.js";
import { EmbeddingUnreadableError } from "../../database/errors/bulkErrors.js";
import type { ClusteringResult } from "../../database/generated/sqlite/client.js";
import type { AttemptOutcome, ClusteringEvents } from "../clustering/clusteringEvents.js";
import { createProgressWriter } from "../clustering/clusteringProgress.js";
import type { Engine } from "../clustering/engine.js";
import { EmbeddingsGoneError, runClustering } from "../clustering/runClustering.js";
import { MedoidUnmappedError } from "../clustering/verifyMedoids.js";
import type { ClusteringChanges } from "./changes.js";
import {
  type ClusteringCandidate,
  type ClusteringRows,
  type EndOfAttempt,
  failure,
  handedBack,
} from "./jobRows.js";

/** Between two tries to write how an attempt has ended; a process that stops gives up after so long. */
const settlingPause = 500;
const settlingMilliseconds = 5_000;

/** Why an attempt was stopped from outside. */
class AttemptStopped extends Error {
  override readonly name = "AttemptStopped";
  constructor(readonly because: "LEASE_LOST" | "CANCELLED" | "HANDED_BACK") {
    super(`The attempt was stopped: ${because}`);
  }
}

interface Attempt {
  clustering: ClusteringResult;
  /** It is a suspect, and runs without others beside it. */
  alone: boolean;
  abort: AbortController;
  ended: Promise<void>;
}

/** The attempts that run in this process. */
export interface ClusteringAttempts {
  readonly size: number;
  ids(): string[];
  has(id: string): boolean;
  /** Whether one runs that must have no other beside it. */
  runsAlone(): boolean;
  /**
   * Runs a clustering that was claimed. Resolves once it has ended, whichever way, and its row says so; never rejects.
   * @param candidate as it was before
   */
  run(clustering: ClusteringResult, candidate: ClusteringCandidate): Promise<void>;
  cancel(id: string): void;
  /** Renews the lease, and stops the attempt where it was cancelled or taken over meanwhile. */
  renewLease(id: string): Promise<void>;
  renewLeases(): Promise<void>;
  /** Stops all, which spends no attempt; resolves once they have ended. */
  handBack(): Promise<void>;
}

export interface ClusteringAttemptsOptions {
  database: Database;
  engine: Engine;
  rows: ClusteringRows;
  changes: ClusteringChanges;
  events?: ClusteringEvents;
  threads: number;
  report: (error: unknown) => void;
}

export function createClusteringAttempts(options: ClusteringAttemptsOptions): ClusteringAttempts {
  const { database, engine, rows, changes, events, threads, report } = options;
  const attempts = new Map<string, Attempt>();
  let stopping = false;

  /**
   * Writes how an attempt has ended, again and again until the database takes it: unwritten, it would count as a
   * worker that was lost. A process that stops does not wait for long. Where another has taken over, nothing changes.
   * @returns whether it was written; "away" where the database could not be told in time
   */
  async function settle(clustering: ClusteringResult, end: EndOfAttempt): Promise<boolean | "away"> {
    const giveUpAfter = performance.now() + settlingMilliseconds;
    let mayBeWritten = false;
    while (!stopping || performance.now() < giveUpAfter) {
      try {
        return (
          (await rows.endAttempt(clustering, end)) || (mayBeWritten && (await hasEnded(clustering, end)))
        );
      } catch (error) {
        report(error);
        mayBeWritten = true;
        await delay(settlingPause);
      }
    }
    return "away";
  }

  /** Whether the row says so already: a write that was reported as failed may have been done. */
  async function hasEnded({ id, attempt }: ClusteringResult, { status }: EndOfAttempt) {
    const row = await rows.find(id);
    return row?.attempt === attempt && row.status === status;
  }

  /** Whether this attempt's result is there: where the answer to its commit was lost, it could not be stored again. */
  async function isPublished({ id, attempt }: ClusteringResult): Promise<boolean> {
    const row = await rows.find(id).catch(() => null);
    return row?.status === "SUCCEEDED" && row.attempt === attempt;
  }

  /** What has become of a clustering whose attempt here is not the one that runs any more. */
  async function outcomeElsewhere({ id, attempt }: ClusteringResult): Promise<AttemptOutcome> {
    const row = await rows.find(id).catch(() => undefined);
    const isCancelled = row === null || (row?.status === "CANCELLED" && row.attempt === attempt);
    return { outcome: isCancelled ? "cancelled" : "lost" };
  }

  async function attemptClustering({ clustering, abort }: Attempt): Promise<AttemptOutcome> {
    const { id } = clustering;
    const progress = createProgressWriter(database.bulk, clustering, () => changes.changed(id));
    try {
      const { published, ...counts } = await runClustering(database, engine, clustering, {
        threads,
        progress,
        signal: abort.signal,
        onUnavailable: report,
      });
      await progress.stop();
      return published || (await isPublished(clustering))
        ? { outcome: "succeeded", ...counts }
        : await outcomeElsewhere(clustering);
    } catch (error) {
      await progress.stop();
      if (error instanceof AttemptStopped) {
        if (error.because === "CANCELLED") return { outcome: "cancelled" };
        if (error.because === "LEASE_LOST") return outcomeElsewhere(clustering);
        const settled = await settle(clustering, handedBack);
        return settled
          ? { outcome: "handed_back", recorded: settled === true }
          : outcomeElsewhere(clustering);
      }
      const code = failureCode(error);
      const message = error instanceof Error ? error.message : String(error);
      const end = code ? failure(code, message) : rows.afterFailure(clustering, message);
      if (!(await settle(clustering, end))) return outcomeElsewhere(clustering);
      return "failureCode" in end
        ? { outcome: "failed", code: end.failureCode as string, message: end.failureMessage as string }
        : { outcome: "retried", message, error };
    }
  }

  async function renewLease(id: string): Promise<void> {
    const attempt = attempts.get(id);
    if (attempt && !(await rows.renewLease(attempt.clustering))) {
      attempt.abort.abort(new AttemptStopped("LEASE_LOST"));
    }
  }

  return {
    get size() {
      return attempts.size;
    },
    ids: () => [...attempts.keys()],
    has: (id) => attempts.has(id),
    runsAlone: () => Array.from(attempts.values()).some(({ alone }) => alone),
    run(clustering, candidate) {
      stopping = false;
      const { id } = clustering;
      const begun = performance.now();
      const takenOverFrom = candidate.status === "RUNNING" ? (candidate.leaseOwner ?? "unknown") : null;
      events?.emit({ kind: "claimed", clustering, takenOverFrom });
      const attempt: Attempt = {
        clustering,
        alone: rows.isSuspect({ ...clustering, attempt: clustering.attempt - 1 }),
        abort: new AbortController(),
        ended: Promise.resolve(),
      };
      attempts.set(id, attempt);
      attempt.ended = attemptClustering(attempt)
        .then((end) => {
          const seconds = (performance.now() - begun) / 1000;
          events?.emit({ kind: "ended", clustering, seconds, end });
        })
        .catch(report)
        .finally(() => {
          attempts.delete(id);
          changes.changed(id);
        });
      return attempt.ended;
    },
    cancel(id) {
      attempts.get(id)?.abort.abort(new AttemptStopped("CANCELLED"));
    },
    renewLease,
    async renewLeases() {
      for (const id of attempts.keys()) await renewLease(id);
    },
    async handBack() {
      stopping = true;
      for (const { abort } of attempts.values()) abort.abort(new AttemptStopped("HANDED_BACK"));
      await Promise.all(Array.from(attempts.values(), ({ ended }) => ended));
    },
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
