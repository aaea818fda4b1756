/** The reason for which no database can store a text; null if all can. */
export function unstorable(text: string): string | null {
  if (text.includes("\0")) return "must not hold the character U+0000.";
  return text.isWellFormed() ? null : "must not hold half of a surrogate pair.";
}
