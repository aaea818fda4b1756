import { EmbeddingUnreadableError, RecordConflictError } from "../errors/bulkErrors.js";
import { asUnavailable, DatabaseUnavailableError } from "../errors/databaseUnavailable.js";
import { TaskStoppedError } from "./taskReporter.js";

/** What a task came to. An error cannot cross a thread whole: of a class of its own only the message would arrive. */
export type TaskOutcome<T> = { value: T } | { errorName: string; error: object };

/** A class of errors that callers tell apart. */
export type KnownError = new (...args: never[]) => Error;

/** Those of the database. */
const databaseErrors: KnownError[] = [
  DatabaseUnavailableError,
  EmbeddingUnreadableError,
  RecordConflictError,
  TaskStoppedError,
];

/** On the task's side: runs it, and takes errors apart. Those of libsql would not even keep their message. */
export async function taskOutcome<T>(
  work: () => T | Promise<T>,
  errors: KnownError[] = [],
): Promise<TaskOutcome<T>> {
  const errorTypes = [...databaseErrors, ...errors];
  try {
    return { value: await work() };
  } catch (thrown) {
    // What is already of a known kind may repeat words of a database that is not Medoid's own.
    const isTyped = errorTypes.some((type) => thrown instanceof type);
    const error = isTyped ? thrown : asUnavailable(thrown);
    if (!(error instanceof Error)) return { errorName: "Error", error: { message: String(error) } };
    const { name, message, stack, cause, ...own } = error;
    const isKnown = errorTypes.some((type) => error instanceof type);
    return { errorName: isKnown ? name : "Error", error: { ...own, message, stack } };
  }
}

/** On the caller's side: the value, or the error thrown as what it was. */
export function outcomeValue<T>(outcome: TaskOutcome<T>, errors: KnownError[] = []): T {
  if ("value" in outcome) return outcome.value;
  const type = [...databaseErrors, ...errors].find(({ name }) => name === outcome.errorName);
  throw Object.assign(Object.create(type?.prototype ?? Error.prototype), outcome.error);
}
