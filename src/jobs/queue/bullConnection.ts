import {
  type BullJobs,
  BullJobsClosedError,
  type BullJobsOptions,
  isQueueMissing,
  openBullJobs,
} from "./bullJobs.js";

/** BullMQ's jobs, opened when they are first used, and again after that failed or they were lost. */
export interface BullConnection {
  /** @returns null where the jobs turned out to be gone, and were created again: each row has its job then */
  use<T>(work: (jobs: BullJobs) => Promise<T>): Promise<T | null>;
  isOpen(): boolean;
  /** Makes a `next` that waits return soon. */
  stopWaiting(): Promise<void>;
  close(): Promise<void>;
}

/** @param rebuild gives each row that has not ended its job again */
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
        // Of several that find it gone, the first one closes it.
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
