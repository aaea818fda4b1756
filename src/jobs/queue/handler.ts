import type { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";

/** Which job it is, of which kind, and for what. */
export interface JobReference {
  /** Bare UUID. */
  readonly id: string;
  readonly kind: string;
  /** Id (bare UUID) of the row that the work is for, in a table of the kind's own. */
  readonly subjectId: string;
}

/** A job that this process has claimed. */
export interface ClaimedJob extends JobReference {
  /** From 1. Whatever is written for the attempt is conditional on this number. */
  readonly attempt: number;
  /** How many attempts before it were handed back in order. */
  readonly handedBack: number;
}

/** What an attempt is given. */
interface AttemptContext {
  /** Aborts where the job was cancelled, or taken over by another process, or where this process stops. */
  readonly signal: AbortSignal;
  /** To be called whenever the attempt has to wait for the database. */
  onUnavailable(error: DatabaseUnavailableError): void;
  /** To be called once the subject's row has changed, so that those who watch it look. */
  changed(): void;
}

/** What an attempt that was not stopped and has not failed leads to. */
export interface AttemptResult {
  /** False where the attempt turned out to be no longer the one that runs: then it has stored nothing. */
  readonly published: boolean;
  /** What the log says of it. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * One kind of work. The queue sees to it that a job waits, is claimed, tried again, handed back and taken over; what the
 * work is, is known to its handler alone.
 */
export interface JobHandler {
  /** Stored with each job: never to be renamed. */
  readonly kind: string;
  /**
   * Makes one attempt, and stores its result together with the job's success, unless another attempt runs by then.
   * @throws the signal's reason once it aborts; any error where the attempt has failed. It has stored nothing then.
   */
  run(job: ClaimedJob, context: AttemptContext): Promise<AttemptResult>;
  /** The code of a failure that every further attempt would meet again; undefined where another attempt may help. */
  failureCode(error: unknown): string | undefined;
  /** Removes what attempts have left behind whose process was lost, and whose job has ended since. */
  discardAbandoned(): Promise<void>;
}

/** The handlers of a process, each under its kind. */
export type JobHandlers = ReadonlyMap<string, JobHandler>;

export function handlersByKind(handlers: readonly JobHandler[]): JobHandlers {
  return new Map(handlers.map((handler) => [handler.kind, handler]));
}
