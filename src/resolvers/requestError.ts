import { type DomainError, InvalidInputError, quotedValue } from "./errors.js";

/** Carries a domain error out of a place where the API has no union for it: it becomes an error of the response. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(readonly error: DomainError) {
    super(error.message);
  }
}

/** For an argument that the field's type could not refuse. */
export function invalidArgument(path: string[], message: string, value: unknown): RequestError {
  return new RequestError(new InvalidInputError([{ path, message, value: quotedValue(value) }]));
}
