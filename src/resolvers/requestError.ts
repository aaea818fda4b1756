import { type DomainError, InvalidInputError, quotedValue } from "./errors.js";

/**
 * Thrown for an error that no union of the schema can hold. It becomes an entry of the response's `errors`.
 */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(readonly error: Pick<DomainError, "code" | "message">) {
    super(error.message);
  }
}

/**
 * A query takes several statements, and an object that one of them found may be deleted before the next one
 * reads it.
 */
export function deletedMeanwhile(): RequestError {
  return new RequestError({
    code: "NOT_FOUND",
    message: "An object was deleted while it was read. Send the request again.",
  });
}

/** For an argument whose type in the schema accepts invalid values. */
export function invalidArgument(path: string[], message: string, value: unknown): RequestError {
  return new RequestError(new InvalidInputError([{ path, message, value: quotedValue(value) }]));
}
