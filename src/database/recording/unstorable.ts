/** What keeps a text from being in any database; null where nothing does. */
export function unstorable(text: string): string | null {
  if (text.includes("\0")) return "must not hold the character U+0000.";
  return text.isWellFormed() ? null : "must not hold half of a surrogate pair.";
}
