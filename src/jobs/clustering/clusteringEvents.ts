import { EventEmitter } from "node:events";
import type { ClusteringResult } from "../../database/generated/sqlite/client.js";

/** How an attempt at a clustering has ended in the process that made it. */
export type AttemptOutcome =
  | { outcome: "succeeded"; embeddings: number; clusters: number; outliers: number }
  | { outcome: "failed"; code: string; message: string }
  /** It failed, and the clustering waits for another attempt. */
  | { outcome: "retried"; message: string; error: unknown }
  | { outcome: "cancelled" }
  /** The process was told to stop. `recorded` is false where the database could not be told: the lease lapses then. */
  | { outcome: "handed_back"; recorded: boolean }
  /** Its lease has lapsed, and another process has the clustering. */
  | { outcome: "lost" };

export const attemptOutcomes = [
  "succeeded",
  "failed",
  "retried",
  "cancelled",
  "handed_back",
  "lost",
] as const;

/** What happens to clusterings in this process. */
export type ClusteringEvent =
  | { kind: "started"; worker: string; concurrency: number; threads: number }
  | {
      kind: "claimed";
      clustering: ClusteringResult;
      /** The worker whose lease had lapsed; null where the clustering waited for one. */
      takenOverFrom: string | null;
    }
  | { kind: "ended"; clustering: ClusteringResult; seconds: number; end: AttemptOutcome }
  /** Its attempts were spent, all of them without a result: no further one is made. */
  | { kind: "spent"; id: string; attempt: number; message: string }
  /** While no attempt ran in this process. */
  | { kind: "cancelled"; id: string };

/** Tells the log and the metrics what happens to clusterings. */
export interface ClusteringEvents {
  emit(event: ClusteringEvent): void;
  on(listener: (event: ClusteringEvent) => void): void;
}

export function createClusteringEvents(): ClusteringEvents {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    emit: (event) => void emitter.emit("event", event),
    on: (listener) => void emitter.on("event", listener),
  };
}
