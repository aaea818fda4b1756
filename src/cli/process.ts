/** Ends a command with an error message, usually one line, on stderr. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number = 1;
}

/** An invalid argument, which the message names. */
export class ArgumentError extends CommandError {
  override readonly name = "ArgumentError";
  override readonly exitCode = 2;
}

/** The command was stopped by Ctrl-C. */
export class InterruptedError extends CommandError {
  override readonly name = "InterruptedError";
  override readonly exitCode = 130;
}

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

const soonMilliseconds = 500;

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
