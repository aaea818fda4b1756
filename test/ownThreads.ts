import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whether the system gives information about a process's threads: only Linux does. */
export const tellsOfThreads = existsSync("/proc/thread-self");

export interface OwnThread {
  id: string;
  /** The nice value: 0 unless the thread has lowered its priority. */
  niceness: number;
  /** The processor time that it has used. */
  milliseconds: number;
}

/** The threads of this process. */
function ownThreads(): OwnThread[] {
  return readdirSync("/proc/self/task").flatMap((id) => {
    const read = (name: string) => readFileSync(`/proc/self/task/${id}/${name}`, "utf8");
    try {
      const stat = read("stat");
      const niceness = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
      return [{ id, niceness, milliseconds: Number(read("schedstat").split(" ")[0]) / 1e6 }];
    } catch {
      return []; // it has ended since then
    }
  });
}

/** The threads that leave the processors to requests. */
export const yieldingThreads = (): OwnThread[] => ownThreads().filter(({ niceness }) => niceness >= 10);
