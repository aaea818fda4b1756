import { RecordConflictError } from "../errors/bulkErrors.js";
import { metadataText } from "./metadata.js";
import { shown } from "./recordConflicts.js";

/**
 * In what recorded metadata may differ from the given one without being a change: imports have recorded vectors as metadata
 * if they did not know that a column holds vectors.
 */
export interface FormerMetadata {
  /** Whether a field of the recorded metadata, which the given one lacks, holds vectors. */
  isVector(field: string, value: unknown): boolean;
  /** Whether metadata would have been too large with the vectors, so that none was recorded. */
  wasTooLarge: boolean;
  /** Called if none is recorded for that reason. */
  onNoneRecorded(): void;
}

/** Whether metadata is the recorded one. @param given, stored canonical JSON; null if there is none */
export function isEqualMetadata(
  given: string | null,
  stored: string | null,
  former?: FormerMetadata,
): boolean {
  if (given === stored) return true;
  if (!former) return false;
  if (stored === null) {
    if (former.wasTooLarge) former.onNoneRecorded();
    return former.wasTooLarge;
  }
  const fields = given === null ? {} : JSON.parse(given);
  const all = Object.entries(JSON.parse(stored));
  const others = all.filter(([name, value]) => Object.hasOwn(fields, name) || !former.isVector(name, value));
  if (others.length === all.length) return false;
  return given === (others.length === 0 ? null : metadataText(Object.fromEntries(others)));
}

/**
 * Refuses metadata that is not the recorded one, by the first field that differs.
 *
 * @throws RecordConflictError at the path
 */
export function requireEqualMetadata(
  path: string[],
  given: string | null,
  stored: string | null,
  former?: FormerMetadata,
): void {
  if (isEqualMetadata(given, stored, former)) return;
  const fieldsOf = (text: string | null): Record<string, unknown> => (text === null ? {} : JSON.parse(text));
  const [ofGiven, ofStored] = [fieldsOf(given), fieldsOf(stored)];
  const isOther = (name: string) =>
    (Object.hasOwn(ofGiven, name) || !former?.isVector(name, ofStored[name])) &&
    metadataText({ value: ofGiven[name] }) !== metadataText({ value: ofStored[name] });
  const field = Object.keys({ ...ofStored, ...ofGiven }).find(isOther) ?? "";
  const one = (fields: Record<string, unknown>) =>
    Object.hasOwn(fields, field) ? shown({ [field]: fields[field] }) : null;
  const recorded = one(ofStored);
  throw new RecordConflictError(
    path,
    recorded === null ? `is recorded without ${shown(field)}.` : `is recorded with ${recorded}.`,
    one(ofGiven) ?? `no ${shown(field)}`,
  );
}
