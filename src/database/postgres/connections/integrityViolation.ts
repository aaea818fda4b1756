/**
 * Whether a row was refused since another transaction had written, or removed, one that it goes with, after it was
 * looked for: done again from the start, the transaction sees what the other one did.
 */
export function isIntegrityViolation(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "23505" || code === "23503" || code === "23001";
}
