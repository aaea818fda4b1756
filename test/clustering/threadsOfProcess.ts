import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The threads of this process, as Linux reports them. */
const tasks = "/proc/self/task";

/** Whether the threads of this process can be counted. */
export const threadsAreCounted = existsSync(tasks);

export const countThreads = (): number => readdirSync(tasks).length;

/** Waits until idle threads of the engine have ended, which they do after a second. */
export const settled = (): Promise<void> => sleep(1_300);
