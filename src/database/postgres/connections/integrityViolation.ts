/**
 * Whether a row was rejected by a constraint because another transaction had written or removed a related row
 * since this one looked for it. When the transaction is retried from its start, it sees the other one's
 * changes.
 */
export function isIntegrityViolation(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "23505" || code === "23503" || code === "23001";
}
