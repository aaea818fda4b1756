import { readFileSync } from "node:fs";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { builtFile } from "./builtFile.js";

/**
 * What worker threads run, held in memory: a thread starts, and does what this process was built to do, whatever has
 * become of the files meanwhile.
 */
export interface ThreadProgram {
  /** Of Node's own options a thread gets none: with those of a program on the command line (--input-type) none would start. */
  start(workerData: unknown, resourceLimits?: ResourceLimits): Worker;
}

/**
 * Reads the program of a thread: one file without imports but those of Node's own modules (scripts/bundleThreads.js
 * makes it). To be called while modules are loaded, not when a thread is needed.
 *
 * @param file such as `new URL("./x.bundle.js", import.meta.url)`, which bundlers recognise
 * @param parent `import.meta.url` of the module that asks. Where that is a source file (under a test runner that reads
 *   TypeScript), the built file is read
 */
export function readThreadProgram(file: URL, parent: string): ThreadProgram {
  return threadProgram(readFileSync(builtFile(file, parent), "utf8"));
}

/** @param code an ECMAScript module */
export function threadProgram(code: string): ThreadProgram {
  const url = new URL(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  return {
    start: (workerData, resourceLimits) => new Worker(url, { workerData, resourceLimits, execArgv: [] }),
  };
}

/** A thread has ended before it had done what it was asked: it ran out of memory, for one. Others are started in its place. */
export class ThreadEndedError extends Error {
  override readonly name = "ThreadEndedError";

  /**
   * @param thread "A clustering thread"
   * @param reason the error that ended it, or its exit code
   */
  constructor(thread: string, reason: unknown) {
    const why = typeof reason === "number" ? `with code ${reason}` : `by an error: ${reasonOf(reason)}`;
    super(`${thread} ended before its work was done, ${why}.`, { cause: reason });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
