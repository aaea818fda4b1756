import {
  EmbeddingUnreadableError,
  RecordConflictError,
  SpanningTreeUnreadableError,
} from "../errors/bulkErrors.js";
import { asUnavailable, DatabaseUnavailableError } from "../errors/databaseUnavailable.js";
import { TaskStoppedError } from "./taskReporter.js";

/**
 * The outcome of a task. Errors are passed in parts, because of an error of a class of its own only the
 * message would arrive on the other thread.
 */
export type TaskOutcome<T> = { value: T } | { errorName: string; error: object };

/** A class of errors that callers distinguish. */
export type KnownError = new (...args: never[]) => Error;

/** Errors of the database. */
const databaseErrors: KnownError[] = [
  DatabaseUnavailableError,
  EmbeddingUnreadableError,
  RecordConflictError,
  SpanningTreeUnreadableError,
  TaskStoppedError,
];

/**
 * On the task's side: runs the task and takes errors apart. An error of libsql would not even arrive with its
 * message.
 */
export async function taskOutcome<T>(
  work: () => T | Promise<T>,
  errors: KnownError[] = [],
): Promise<TaskOutcome<T>> {
  const errorTypes = [...databaseErrors, ...errors];
  try {
    return { value: await work() };
  } catch (thrown) {
    // An error of a known class is passed unchanged: its message may quote words of a foreign database, by
    // which `asUnavailable` would take it for one of Medoid's own.
    const isTyped = errorTypes.some((type) => thrown instanceof type);
    const error = isTyped ? thrown : asUnavailable(thrown);
    if (!(error instanceof Error)) return { errorName: "Error", error: { message: String(error) } };
    const { name, message, stack, cause, ...own } = error;
    const isKnown = errorTypes.some((type) => error instanceof type);
    return { errorName: isKnown ? name : "Error", error: { ...own, message, stack } };
  }
}

/** On the caller's side: returns the value, or throws the error with its original class. */
export function outcomeValue<T>(outcome: TaskOutcome<T>, errors: KnownError[] = []): T {
  if ("value" in outcome) return outcome.value;
  const type = [...databaseErrors, ...errors].find(({ name }) => name === outcome.errorName);
  throw Object.assign(Object.create(type?.prototype ?? Error.prototype), outcome.error);
}
