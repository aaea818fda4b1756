import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** On an idle machine this costs nothing; next to a thread of the usual priority it leaves a tenth. */
const niceness = 10;

/**
 * Lowers the priority of the thread that calls it, for as long as it lasts: requests go first where both want a
 * processor. On Linux alone, where a thread has an id that the priority of a process is set by; elsewhere nothing.
 */
export function yieldToServer(): void {
  try {
    const [, , thread] = readlinkSync("/proc/thread-self").split("/"); // "1234/task/1240"
    setPriority(Number(thread), niceness);
  } catch {
    // No /proc, or one that hides it, or not allowed: as fast as all else, then.
  }
}
