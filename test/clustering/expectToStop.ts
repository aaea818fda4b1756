import { expect } from "vitest";

/** What an aborted computation is rejected with. */
const reason = new Error("no longer wanted");

/** Another process or thread can make a measurement longer, but hardly as many in succession. */
const attempts = 5;

/**
 * Expects that a computation which is aborted ends with the signal's reason, and from then on takes less than a quarter of
 * the processor time that all of it takes.
 * @param compute with the signal and the listener that it is given
 * @param moments when to abort, each in a computation of its own: at the first report for which it is true
 */
export async function expectToStop<Report>(
  compute: (options: { signal?: AbortSignal; onProgress?: (report: Report) => void }) => Promise<unknown>,
  moments: readonly ((report: Report) => boolean)[],
): Promise<void> {
  const begun = processorTime();
  await compute({});
  const whole = processorTime() - begun;
  for (const reached of moments) {
    let afterwards = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < attempts && afterwards >= whole / 4; attempt++) {
      const abort = new AbortController();
      let atAbort = Number.NaN;
      const stopped = compute({
        signal: abort.signal,
        onProgress: (report) => {
          if (abort.signal.aborted || !reached(report)) return;
          atAbort = processorTime();
          abort.abort(reason);
        },
      });
      await expect(stopped).rejects.toBe(reason);
      afterwards = processorTime() - atAbort;
    }
    expect(afterwards, reached.toString()).toBeLessThan(whole / 4);
  }
}

/** Processor time that all threads of this process have used, in microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
