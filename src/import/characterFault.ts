/** What a text holds that no database can store, for the reason why it is left out; null if all can store it. */
export function characterFault(text: string): string | null {
  if (text.includes("\0")) return "holds U+0000";
  return text.isWellFormed() ? null : "holds half of a surrogate pair";
}
