import { parentPort } from "node:worker_threads";
import type { TaskMessage } from "./databaseThreads.js";
import type { TaskOutcome } from "./taskOutcome.js";

/** Runs one task. The type of its input is known only to the caller and the task, by the task's name. */
type Task = (message: { input: never; channel: TaskMessage["channel"] }) => Promise<TaskOutcome<unknown>>;

/** On the thread's side: runs each task that the process requests by name, and replies with its outcome. */
export function serveTasks(tasks: Record<string, Task>): void {
  parentPort?.on("message", async ({ name, input, channel }: TaskMessage) => {
    parentPort?.postMessage(await tasks[name]({ input: input as never, channel }));
  });
}
