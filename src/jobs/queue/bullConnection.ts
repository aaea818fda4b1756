import {
  type BullJobs,
  BullJobsClosedError,
  type BullJobsOptions,
  isQueueMissing,
  openBullJobs,
} from "./bullJobs.js";

/**
 * The connection to BullMQ's jobs. It is opened when it is first used, and again after a failure to open or
 * after the jobs were lost.
 */
export interface BullConnection {
  /** @returns null if the jobs had been lost; they have then been created again from the rows */
  use<T>(work: (jobs: BullJobs) => Promise<T>): Promise<T | null>;
  isOpen(): boolean;
  /** Makes a waiting `next` return soon. */
  stopWaiting(): Promise<void>;
  close(): Promise<void>;
}

/** @param rebuild adds a job for each row that has not ended */
export function createBullConnection(
  url: string,
  options: BullJobsOptions,
  rebuild: (jobs: BullJobs) => Promise<void>,
): BullConnection {
  const { report } = options;
  let current: Promise<BullJobs> | undefined;

  function opened(): Promise<BullJobs> {
    if (current) return current;
    const opening = openBullJobs(url, options);
    current = opening;
    opening.catch(() => {
      if (current === opening) current = undefined;
    });
    return opening;
  }

  async function close(opening: Promise<BullJobs> | undefined): Promise<void> {
    if (current === opening) current = undefined;
    await opening?.then((jobs) => jobs.close()).catch(report);
  }

  return {
    async use(work) {
      const used = opened();
      try {
        return await work(await used);
      } catch (error) {
        if (error instanceof BullJobsClosedError) return null;
        if (!isQueueMissing(error)) throw error;
        report(error);
        // If several uses find the jobs missing, the first one closes the connection.
        if (current === used) await close(used);
        await rebuild(await opened());
        return null;
      }
    },
    isOpen: () => current !== undefined,
    async stopWaiting() {
      const jobs = await current?.catch(() => undefined);
      await jobs?.stopWaiting();
    },
    close: () => close(current),
  };
}
