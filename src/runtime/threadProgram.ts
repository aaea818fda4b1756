import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { builtFile } from "./builtFile.js";

/**
 * The program of worker threads, held in memory, so that a thread started later runs the code of this process
 * even if the files have been replaced or deleted.
 */
export interface ThreadProgram {
  /**
   * Starts a thread without any of this process's Node options: with some of them, such as `--input-type`, a
   * thread cannot start.
   */
  start(workerData: unknown, resourceLimits?: ResourceLimits): Worker;
}

/**
 * Reads the program of a thread: a single file that imports only Node's own modules (made by
 * scripts/bundleThreads.js). Call it while modules are loaded, not when a thread is needed.
 *
 * @param file such as `new URL("./x.bundle.js", import.meta.url)`, which bundlers recognise
 * @param parent `import.meta.url` of the calling module. If that is a source file (under a test runner that
 *   reads TypeScript), the built file is read
 */
export function readThreadProgram(file: URL, parent: string): ThreadProgram {
  return threadProgram(readFileSync(builtFile(file, parent), "utf8"), basename(file.pathname));
}

/**
 * @param code an ECMAScript module
 * @param name of the module in stack traces, where each line would otherwise contain the whole code
 */
export function threadProgram(code: string, name: string): ThreadProgram {
  const named = `${code}\n//# sourceURL=medoid:${name}\n`;
  const url = new URL(`data:text/javascript;base64,${Buffer.from(named).toString("base64")}`);
  return {
    start: (workerData, resourceLimits) => new Worker(url, { workerData, resourceLimits, execArgv: [] }),
  };
}

/**
 * A thread ended before it finished its task, for example because it ran out of memory. Other threads are
 * started in its place.
 */
export class ThreadEndedError extends Error {
  override readonly name = "ThreadEndedError";

  /**
   * @param thread the name of the thread in the message, such as "A clustering thread"
   * @param reason the error that ended the thread, or its exit code
   */
  constructor(thread: string, reason: unknown) {
    const why = typeof reason === "number" ? `with code ${reason}` : `by an error: ${reasonOf(reason)}`;
    super(`${thread} ended before its work was done, ${why}.`, { cause: reason });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
