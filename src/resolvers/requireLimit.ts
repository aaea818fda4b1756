import { invalidArgument } from "./requestError.js";

/** @throws RequestError (INVALID_INPUT) if the argument `limit` is not from 1 to the largest */
export function requireLimit(limit: number, largest: number): void {
  if (limit < 1 || limit > largest) throw invalidArgument(["limit"], `must be from 1 to ${largest}.`, limit);
}
