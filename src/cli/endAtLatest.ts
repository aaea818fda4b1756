/**
 * Ends the process so long after it was told to stop, whatever its connections do: nothing is lost by that, since what
 * it computes is taken over once its leases lapse.
 * @param seconds asked when it is told
 * @returns what calls it off
 */
export function endAtLatest(signal: AbortSignal, seconds: () => number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => process.exit(), seconds() * 1000);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  };
}

/**
 * Ends the process soon, once all is printed: sockets that hang half open, whose ends no answer comes to, would keep it
 * for minutes.
 */
export function endSoon(): void {
  const timer = setTimeout(() => {
    if (process.stdout.writableLength + process.stderr.writableLength > 0) endSoon();
    else process.exit();
  }, soonMilliseconds);
  timer.unref();
}

const soonMilliseconds = 500;
