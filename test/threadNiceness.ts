import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whether the system tells of threads' priorities: Linux alone does. */
export const tellsNiceness = existsSync("/proc/thread-self");

/** How nice each thread of this process is: 0 unless it lowered its priority. */
export function threadNiceness(): number[] {
  return readdirSync("/proc/self/task").map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });
}
