/** Work that is repeated, never twice at the same time. */
export interface Repetition {
  /** Stops the repetition; resolves when the work that is in progress has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats `work`, pausing before each run, measured from the end of the run before.
 *
 * @param pauseMilliseconds length of the pause
 * @param onError receives what `work` throws; the work is then repeated after the same pause
 * @param firstPause pause before the first run, in milliseconds; default: `pauseMilliseconds`
 */
export function repeatedly(
  pauseMilliseconds: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
  firstPause = pauseMilliseconds,
): Repetition {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  const schedule = (pause: number) => {
    timer = setTimeout(() => {
      running = once();
    }, pause);
  };
  const once = async () => {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    if (!stopped) schedule(pauseMilliseconds);
  };
  schedule(firstPause);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
