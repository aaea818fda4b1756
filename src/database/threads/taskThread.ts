import { parentPort } from "node:worker_threads";
import type { TaskMessage } from "./databaseThreads.js";
import type { TaskOutcome } from "./taskOutcome.js";

/** A task takes the input that its caller gives it: they agree by the task's name. */
type Task = (message: { input: never; channel: TaskMessage["channel"] }) => Promise<TaskOutcome<unknown>>;

/** On the thread's side: does each task that the process asks for by its name, and says what came of it. */
export function serveTasks(tasks: Record<string, Task>): void {
  parentPort?.on("message", async ({ name, input, channel }: TaskMessage) => {
    parentPort?.postMessage(await tasks[name]({ input: input as never, channel }));
  });
}
