/**
 * The target of an import cannot record runs that it was given together, of which nothing was recorded. Its message is
 * the reason, as a report has it: "it is too large".
 */
export class RunRefusedError extends Error {
  override readonly name = "RunRefusedError";
}
