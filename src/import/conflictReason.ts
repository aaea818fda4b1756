import type { RecordConflictError } from "../database/errors/bulkErrors.js";

/**
 * Conflicts that are none with what is recorded of the same run, by their messages, which are all that a server tells of
 * them, and the reasons for which the run is left out.
 */
const otherConflicts: [RegExp, string][] = [
  [
    /^has \d+ dimensions, .* has (\d+)\.$/s,
    "a vector does not have $1 numbers like the others of its embedding model",
  ],
  [/^is the id of an invocation of another run/, "an invocation has the id of one of another run"],
  [/^is the id of another embedding/, "an embedding has the id of one of another invocation"],
  [/^is given twice/, "an id is given twice"],
  [/^must be an invocation of the same run/, "an input is not an earlier invocation of the run"],
];

/** Why a run is left out, and the field in which it differs from the recorded run, if this is the reason. */
export function conflictReason({ path, message }: RecordConflictError): {
  reason: string;
  differingField?: string;
} {
  for (const [conflict, reason] of otherConflicts) {
    const match = conflict.exec(message);
    if (match) return { reason: reason.replace("$1", match[1]) };
  }
  const differingField = path.filter((part) => !/^\d+$/.test(part)).at(-1);
  return { reason: `it differs from the recorded run: ${differingField}`, differingField };
}
