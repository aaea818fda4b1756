import type { PanicTdaDatabase } from "./database.js";

/** An id as a row has it: its type in SQLite, and its bytes. */
export interface StoredId {
  idType: string;
  id: Buffer | null;
}

/** Whether a type of SQLite is one that ids have. */
export function isIdType({ layout }: PanicTdaDatabase, type: string): boolean {
  return type === "text" || (layout.hasByteIds && type === "blob");
}

/** The SQL condition that a value has a type that ids have. */
export function hasIdType({ layout }: PanicTdaDatabase, id: string): string {
  return layout.hasByteIds ? `typeof(${id}) IN ('text', 'blob')` : `typeof(${id}) = 'text'`;
}

/** The SQL expression for an id as it is written, whatever the declared type of its column. */
export function idValue({ layout }: PanicTdaDatabase, id: string): string {
  const asText = `CAST(${id} AS TEXT)`;
  return layout.hasByteIds ? `CASE typeof(${id}) WHEN 'blob' THEN ${id} ELSE ${asText} END` : asText;
}

/** Converts a UUID to the usual form, in lower case with hyphens; null if the id is not a UUID. */
export function uuidOf(source: PanicTdaDatabase, { idType, id }: StoredId): string | null {
  if (id === null) return null;
  if (idType !== "blob" || !source.layout.hasByteIds) return uuidOfText(source.text(id));
  return id.length === 16 ? uuidOfText(id.toString("hex")) : null;
}

/** Formats an id for a report. */
export function shownId(source: PanicTdaDatabase, stored: StoredId): string {
  if (stored.idType !== "blob" || !source.layout.hasByteIds) return source.shown(stored.id);
  return uuidOf(source, stored) ?? `x'${stored.id?.toString("hex")}'`;
}

/** Accepts 32 hex digits, as SQLModel writes a UUID, and the usual form with hyphens. */
function uuidOfText(text: string | null | undefined): string | null {
  const groups = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/i.exec(
    text ?? "",
  );
  if (!groups) return null;
  const [, first, , ...others] = groups;
  return [first, ...others].join("-").toLowerCase();
}
