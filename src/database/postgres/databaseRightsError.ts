/**
 * A role lacks a right. The message names the role, what it may not do, and the statement that grants the
 * right.
 */
export class DatabaseRightsError extends Error {
  override readonly name = "DatabaseRightsError";
}
