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
