import { EventEmitter } from "node:events";
import type { ClaimedJob, JobReference } from "./handler.js";

/** The outcome of an attempt, in the process that made it. */
export type AttemptOutcome =
  | { outcome: "succeeded"; counts: Readonly<Record<string, number>> }
  | { outcome: "failed"; code: string; message: string }
  /** The attempt failed, and the job waits for another one. */
  | { outcome: "retried"; message: string; error: unknown }
  | { outcome: "cancelled" }
  /**
   * The process is stopping. `recorded` is false if the database could not be reached; the lease then has to
   * lapse.
   */
  | { outcome: "handed_back"; recorded: boolean }
  /** The lease has lapsed, and another process has the job. */
  | { outcome: "lost" };

export const attemptOutcomes = [
  "succeeded",
  "failed",
  "retried",
  "cancelled",
  "handed_back",
  "lost",
] as const;

/** An event of a job in this process. */
export type JobEvent =
  | { type: "started"; worker: string; concurrency: number }
  | {
      type: "claimed";
      job: ClaimedJob;
      /** The worker whose lease had lapsed; null if the job was waiting. */
      takenOverFrom: string | null;
    }
  /** An attempt continues, but an operator should know of the reason why it takes longer. */
  | { type: "warned"; job: ClaimedJob; reason: string }
  | { type: "ended"; job: ClaimedJob; seconds: number; end: AttemptOutcome }
  /** The job's attempts are spent, all without a result: no further one is made. */
  | { type: "spent"; job: JobReference & { attempt: number }; message: string }
  /** The job was cancelled while no attempt ran in this process. */
  | { type: "cancelled"; job: JobReference };

/** Passes events of jobs to the listeners that log or count them. */
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
