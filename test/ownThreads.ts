import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whether the system tells of a process's threads: Linux alone does. */
export const tellsOfThreads = existsSync("/proc/thread-self");

export interface OwnThread {
  id: string;
  /** 0 unless it lowered its priority. */
  niceness: number;
  /** What it has computed. */
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
      return []; // it has ended meanwhile
    }
  });
}

/** Those that leave the processors to requests. */
export const yieldingThreads = (): OwnThread[] => ownThreads().filter(({ niceness }) => niceness >= 10);
