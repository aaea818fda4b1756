/** Work that is done again and again, never twice at a time. */
export interface Repetition {
  /** Ends it; resolves once what was under way has ended. */
  stop(): Promise<void>;
}

/**
 * Does `work` after a pause, and again after a pause each time that it has ended.
 * @param onError told of what it throws; then it is tried again after the same pause
 * @param firstPause default: as long as the others
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
