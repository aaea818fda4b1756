import { mostComponents } from "../database/recording/runRecord.js";

/** The reason why a vector cannot be recorded; null if it can. */
export function vectorFault(vector: Float32Array): string | null {
  if (vector.length === 0) return "its vector is empty";
  if (vector.length > mostComponents) return `its vector has more than ${mostComponents} dimensions`;
  let largest = 0; // becomes NaN at the first NaN, so that one pass checks every number
  for (const number of vector) largest = Math.max(largest, Math.abs(number));
  if (Number.isNaN(largest)) return "its vector holds NaN";
  if (largest === Number.POSITIVE_INFINITY) return "its vector holds infinity";
  if (largest === 0) return "its vector is all zeros";
  return null;
}
