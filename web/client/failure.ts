/** Why a request has no result. */
export class Failure extends Error {
  override readonly name = "Failure";

  /**
   * @param code the API's code of the error; null if the server did not respond, or not as the API does
   * @param retryAfterSeconds after how long the same request may succeed, if that is known
   * @param isTemporary whether the same request may succeed a little later
   */
  constructor(
    message: string,
    readonly code: string | null,
    readonly retryAfterSeconds: number | null = null,
    readonly isTemporary = retryAfterSeconds !== null,
  ) {
    super(message);
  }
}

/** What was thrown, as a failure. */
export const asFailure = (thrown: unknown): Failure =>
  thrown instanceof Failure ? thrown : new Failure(String(thrown), null);
