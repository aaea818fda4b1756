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
  [
    /^must be Invocation:.*, which the run holds at sequence number/,
    "another invocation is recorded at a sequence number of its run",
  ],
  [/^must be Embedding:/, "an invocation has another embedding of the same model"],
  [/^must be an invocation of the same run/, "an input is not an earlier invocation of the run"],
];

/** How the reason begins if a run, or a row that is one, was recorded with other content. */
export const differsFromRecorded = "it differs from the recorded ";

/** How the reason begins if a row has the id of one before it in the same table, and other content. */
export const repeatsId = "a row before it in the table has the same id, and another ";

/** Whether what was left out for a reason differs from what is recorded, but only in vectors. */
export function differsInVector(reason: string): boolean {
  return reason.startsWith(differsFromRecorded) && reason.endsWith(": vector");
}

/** In what a run, or a row that is one, differs from what is recorded. */
export interface Difference {
  /** The field, as the API calls it. */
  field: string;
  /** What is recorded in the field, and what is given. */
  detail: string;
}

/** Why a run is left out, and the difference from the recorded run, if this is the reason. */
export function conflictReason({ path, message, value }: RecordConflictError): {
  reason: string;
  difference?: Difference;
} {
  for (const [conflict, reason] of otherConflicts) {
    const match = conflict.exec(message);
    if (match) return { reason: reason.replace("$1", match[1]) };
  }
  const field = path.filter((part) => !/^\d+$/.test(part)).at(-1) ?? "";
  const given = value === null ? "" : ` Given: ${value}`;
  return {
    reason: `${differsFromRecorded}run: ${field}`,
    difference: { field, detail: `${message}${given}` },
  };
}
