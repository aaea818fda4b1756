import type { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import type { Prisma } from "../../database/generated/sqlite/client.js";

/** Identifies a job, its kind and its subject. */
export interface JobReference {
  /** Bare UUID. */
  readonly id: string;
  readonly kind: string;
  /** Id (bare UUID) of the row that the work is for, in the kind's own table. */
  readonly subjectId: string;
}

/** A job that this process has claimed. */
export interface ClaimedJob extends JobReference {
  /** Numbered from 1. Everything that is written for the attempt is conditional on this number. */
  readonly attempt: number;
  /** Number of earlier attempts that were handed back by a worker that stopped. */
  readonly handedBack: number;
}

/** The context of an attempt. */
interface AttemptContext {
  /** Aborts when the job is cancelled or taken over by another process, or when this process stops. */
  readonly signal: AbortSignal;
  /** Must be called whenever the attempt has to wait for the database. */
  onUnavailable(error: DatabaseUnavailableError): void;
  /** Logs what an operator should know of, as a sentence, although the attempt continues. */
  warn(reason: string): void;
  /** Must be called when the subject's row has changed, to notify those who watch it. */
  changed(): void;
  /**
   * Ends the job as SUCCEEDED, and stores its result in the same transaction, unless another attempt is
   * running or the job has ended.
   * @param store writes the result; it is called again if the transaction must be repeated
   * @returns whether the job was ended: the value for `published`
   */
  succeed(store: (transaction: Transaction) => Promise<unknown>): Promise<boolean>;
}

export type Transaction = Prisma.TransactionClient;

/** The status that a job moves to. SUCCEEDED is missing, because the attempt itself stores its success. */
export type JobMove =
  | { status: "RUNNING"; attempt: number }
  | { status: "QUEUED" }
  | { status: "CANCELLED" }
  | { status: "FAILED"; code: string; message: string };

/** The result of an attempt that was neither stopped nor failed. */
export interface AttemptResult {
  /** False if another attempt was running or the job had ended; nothing was stored then. */
  readonly published: boolean;
  /** Counts for the log. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * One kind of work. The queue makes jobs wait, be claimed, retried, handed back and taken over; only the
 * handler knows what the work is.
 */
export interface JobHandler {
  /** Stored with each job, so that it must never be renamed. */
  readonly kind: string;
  /**
   * Writes the part of a move that clients see to the subject's row, in the transaction that moves the job's
   * row.
   */
  writeMove(transaction: Transaction, subjectId: string, move: JobMove): Promise<unknown>;
  /**
   * Makes one attempt, and stores its result in one transaction with the job's success: with
   * `context.succeed`, or in a transaction of its own, which must lock the row of Job on the condition that
   * it is RUNNING in this attempt.
   * @throws the signal's reason once it aborts; any other error if the attempt has failed. Nothing was stored
   *   then
   */
  run(job: ClaimedJob, context: AttemptContext): Promise<AttemptResult>;
  /**
   * The code of a failure that would occur in every further attempt; undefined if another attempt may
   * succeed.
   */
  failureCode(error: unknown): string | undefined;
  /**
   * The part of the subject's row that watchers see: they are called when it differs. Null if the row does
   * not exist.
   */
  state(subjectId: string): Promise<unknown>;
  /** Removes rows of attempts whose process was lost and whose job has ended since. */
  discardAbandoned(): Promise<void>;
}

/** The handlers of a process, by kind. */
export type JobHandlers = ReadonlyMap<string, JobHandler>;

export function handlersByKind(handlers: readonly JobHandler[]): JobHandlers {
  return new Map(handlers.map((handler) => [handler.kind, handler]));
}

/** Removes, for each kind, rows of attempts whose process was lost and whose job has ended since. */
export async function discardAbandoned(handlers: JobHandlers): Promise<void> {
  for (const handler of handlers.values()) await handler.discardAbandoned();
}

/** The state of a subject of any kind; an id belongs to at most one row. */
export async function stateOfSubject(handlers: JobHandlers, subjectId: string): Promise<unknown> {
  for (const handler of handlers.values()) {
    const state = await handler.state(subjectId);
    if (state !== null) return state;
  }
  return null;
}
