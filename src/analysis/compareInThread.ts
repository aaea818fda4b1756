import { readThreadProgram, ThreadEndedError } from "../runtime/threadProgram.js";
import type { Comparison } from "./comparison.js";

const program = readThreadProgram(new URL("./comparisonThread.bundle.js", import.meta.url), import.meta.url);

/**
 * Compares two clusterings in a thread of its own: with many clusters that takes seconds.
 * @param overlaps as `readOverlaps` reads them
 * @throws the signal's reason as soon as it aborts, which ends the thread
 */
export function compareInThread(overlaps: string, signal?: AbortSignal): Promise<Comparison> {
  signal?.throwIfAborted();
  const thread = program.start(overlaps);
  return new Promise<Comparison>((resolve, reject) => {
    const ended = (reason: unknown) =>
      reject(new ThreadEndedError("A thread that compares clusterings", reason));
    const onAbort = () => {
      reject(signal?.reason);
      void thread.terminate();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    thread
      .once("message", resolve)
      .once("error", ended)
      .once("exit", (code) => {
        signal?.removeEventListener("abort", onAbort);
        ended(code);
      });
  });
}
