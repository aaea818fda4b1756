/** A role lacks a right: the message names the role, what it may not do, and the statement that would let it. */
export class DatabaseRightsError extends Error {
  override readonly name = "DatabaseRightsError";
}
