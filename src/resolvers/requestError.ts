import { type DomainError, InvalidInputError, quotedValue } from "./errors.js";

/** Thrown where the API has no union that could hold the error: it becomes an error of the response. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(readonly error: Pick<DomainError, "code" | "message">) {
    super(error.message);
  }
}

/** A query takes several statements: what one of them found was deleted before the next. */
export function deletedMeanwhile(): RequestError {
  return new RequestError({
    code: "NOT_FOUND",
    message: "Something was deleted while it was read. Ask again.",
  });
}

/** For an argument that the field's type could not refuse. */
export function invalidArgument(path: string[], message: string, value: unknown): RequestError {
  return new RequestError(new InvalidInputError([{ path, message, value: quotedValue(value) }]));
}
