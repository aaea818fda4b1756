/** What a text holds that no database can store; null if all can store it. */
export function unstorablePart(text: string): string | null {
  if (text.includes("\0")) return "U+0000";
  return text.isWellFormed() ? null : "half of a surrogate pair";
}

/** The reason for which no database can store a text; null if all can. */
export function unstorable(text: string): string | null {
  const part = unstorablePart(text);
  return part && `must not hold ${part}.`;
}
