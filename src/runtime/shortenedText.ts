/**
 * The beginning of a text, with "…" if that is not all of it. A character that takes two code units is never divided:
 * half of one cannot be encoded in UTF-8.
 *
 * @param longest the most code units of the outcome, at least 1
 */
export function shortenedText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = text.slice(0, longest - 1);
  return `${kept.replace(/[\uD800-\uDBFF]$/, "")}…`;
}
