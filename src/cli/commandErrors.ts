/** Ends a command with one clear line on stderr. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number = 1;
}

/** An argument that cannot be: the message names it. */
export class ArgumentError extends CommandError {
  override readonly name = "ArgumentError";
  override readonly exitCode = 2;
}

/** Stopped by Ctrl-C. */
export class InterruptedError extends CommandError {
  override readonly name = "InterruptedError";
  override readonly exitCode = 130;
}
