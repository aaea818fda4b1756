import type { App } from "../../app.js";
import { IdempotencyConflictError, type InputIssue, quotedValue } from "../errors.js";
import { refuseUnstorable } from "../storableText.js";

/** Maximum length in Unicode code points. */
export const longestIdempotencyKey = 255;

/** @param issues receives the error if the key is invalid */
export function checkIdempotencyKey(key: string | null, issues: InputIssue[]): void {
  const path = ["input", "idempotencyKey"];
  if (key !== null && (key === "" || [...key].length > longestIdempotencyKey)) {
    const message = `must have 1 to ${longestIdempotencyKey} characters.`;
    issues.push({ path, message, value: quotedValue(key) });
  }
  refuseUnstorable(key, path, issues);
}

/** A request for work of a kind. Those with the same caller and key are the same request. */
export interface KeyedRequest {
  kind: string;
  /** Owner of the key; "" if callers are not distinguished. */
  requestedBy: string;
  idempotencyKey: string | null;
  /** SHA-256 of the input. */
  requestDigest: string;
}

/** The subject (bare UUID) that was requested before with the same key, or a conflict; null if there is none. */
export async function subjectOfKey(
  app: Pick<App, "database">,
  { kind, requestedBy, idempotencyKey, requestDigest }: KeyedRequest,
): Promise<{ id: string } | IdempotencyConflictError | null> {
  if (idempotencyKey === null) return null;
  const existing = await app.database.prisma.job.findUnique({
    where: { kind_requestedBy_idempotencyKey: { kind, requestedBy, idempotencyKey } },
    select: { subjectId: true, requestDigest: true },
  });
  if (!existing) return null;
  const { subjectId: id } = existing;
  return existing.requestDigest === requestDigest
    ? { id }
    : new IdempotencyConflictError(idempotencyKey, kind, id);
}
