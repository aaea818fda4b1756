import type { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import type { Prisma } from "../../database/generated/sqlite/client.js";

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
  /**
   * Ends the job as SUCCEEDED, and stores its result in the same transaction, unless another attempt runs by then.
   * @param store writes the result; it is called again where the transaction must be repeated
   * @returns whether it did: what `published` is to say
   */
  succeed(store: (transaction: Transaction) => Promise<unknown>): Promise<boolean>;
}

export type Transaction = Prisma.TransactionClient;

/** Where a job moves to. Its success is stored by the attempt itself. */
export type JobMove =
  | { status: "RUNNING"; attempt: number }
  | { status: "QUEUED" }
  | { status: "CANCELLED" }
  | { status: "FAILED"; code: string; message: string };

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
  /** Writes to the subject's row what clients see of a move, in the transaction in which the job's row moves. */
  writeMove(transaction: Transaction, subjectId: string, move: JobMove): Promise<unknown>;
  /**
   * Makes one attempt, and stores its result in one transaction with the job's success: with `context.succeed`, or in a
   * transaction of its own, which must be conditional on a row of Job that is RUNNING in this attempt, and lock it.
   * @throws the signal's reason once it aborts; any error where the attempt has failed. It has stored nothing then.
   */
  run(job: ClaimedJob, context: AttemptContext): Promise<AttemptResult>;
  /** The code of a failure that every further attempt would meet again; undefined where another attempt may help. */
  failureCode(error: unknown): string | undefined;
  /** What those who watch a subject see of its row: they are called when it differs. Null where there is no such row. */
  state(subjectId: string): Promise<unknown>;
  /** Removes what attempts have left behind whose process was lost, and whose job has ended since. */
  discardAbandoned(): Promise<void>;
}

/** The handlers of a process, each under its kind. */
export type JobHandlers = ReadonlyMap<string, JobHandler>;

export function handlersByKind(handlers: readonly JobHandler[]): JobHandlers {
  return new Map(handlers.map((handler) => [handler.kind, handler]));
}

/** What is seen of the row of a subject, of whatever kind: an id is that of one row. */
export async function stateOfSubject(handlers: JobHandlers, subjectId: string): Promise<unknown> {
  for (const handler of handlers.values()) {
    const state = await handler.state(subjectId);
    if (state !== null) return state;
  }
  return null;
}
