import { EventEmitter } from "node:events";
import type { ClaimedJob, JobReference } from "./handler.js";

/** How an attempt has ended in the process that made it. */
export type AttemptOutcome =
  | { outcome: "succeeded"; counts: Readonly<Record<string, number>> }
  | { outcome: "failed"; code: string; message: string }
  /** It failed, and the job waits for another attempt. */
  | { outcome: "retried"; message: string; error: unknown }
  | { outcome: "cancelled" }
  /** The process stops. `recorded` is false where the database could not be reached: the lease lapses then. */
  | { outcome: "handed_back"; recorded: boolean }
  /** Its lease has lapsed, and another process has the job. */
  | { outcome: "lost" };

export const attemptOutcomes = [
  "succeeded",
  "failed",
  "retried",
  "cancelled",
  "handed_back",
  "lost",
] as const;

/** What happens to jobs in this process. */
export type JobEvent =
  | { type: "started"; worker: string; concurrency: number }
  | {
      type: "claimed";
      job: ClaimedJob;
      /** The worker whose lease had lapsed; null where the job waited for one. */
      takenOverFrom: string | null;
    }
  | { type: "ended"; job: ClaimedJob; seconds: number; end: AttemptOutcome }
  /** Its attempts were spent, all of them without a result: no further one is made. */
  | { type: "spent"; job: JobReference & { attempt: number }; message: string }
  /** While no attempt ran in this process. */
  | { type: "cancelled"; job: JobReference };

/** Says what happens to jobs to whoever logs or counts it. */
export interface JobEvents {
  emit(event: JobEvent): void;
  on(listener: (event: JobEvent) => void): void;
}

export function createJobEvents(): JobEvents {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    emit: (event) => void emitter.emit("event", event),
    on: (listener) => void emitter.on("event", listener),
  };
}
