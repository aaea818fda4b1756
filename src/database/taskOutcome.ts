import { EmbeddingUnreadableError, RecordConflictError, UpstreamFileError } from "./bulkErrors.js";
import { TaskStoppedError } from "./taskReporter.js";

/** What a task came to. An error cannot cross a thread whole: of a class of its own only the message would arrive. */
export type TaskOutcome<T> = { value: T } | { errorName: string; error: object };

/** The errors that callers tell apart. */
const errorTypes = [EmbeddingUnreadableError, RecordConflictError, TaskStoppedError, UpstreamFileError];

/** On the task's side: runs it, and takes apart the errors that callers tell apart. */
export async function taskOutcome<T>(work: () => T | Promise<T>): Promise<TaskOutcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!errorTypes.some((type) => error instanceof type)) throw error;
    const { name, message, stack } = error as Error;
    return { errorName: name, error: { ...(error as Error), message, stack } };
  }
}

/** On the caller's side: the value, or the error thrown as what it was. */
export function outcomeValue<T>(outcome: TaskOutcome<T>): T {
  if ("value" in outcome) return outcome.value;
  const type = errorTypes.find(({ name }) => name === outcome.errorName);
  throw Object.assign(Object.create(type?.prototype ?? Error.prototype), outcome.error);
}
