/**
 * Ends the process the given time after `signal` aborts, whatever its connections do. Nothing is lost by
 * that, because another process takes over its clusterings when their leases expire.
 *
 * @param seconds called when the signal aborts
 * @returns a function that cancels it
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
 * Ends the process half a second after all output is printed; half-open sockets, whose peers never respond,
 * could keep it alive for minutes.
 */
export function endSoon(): void {
  const timer = setTimeout(() => {
    if (process.stdout.writableLength + process.stderr.writableLength > 0) endSoon();
    else process.exit();
  }, soonMilliseconds);
  timer.unref();
}

const soonMilliseconds = 500;
