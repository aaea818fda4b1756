/**
 * Characters that are not printed as they are: control characters and those that mark or reverse the direction of text,
 * which a terminal would obey, the line separators of Unicode, and format characters that cannot be seen, such as a byte
 * order mark or a soft hyphen, without which different texts would look equal. Exceptions are the joiners of composed
 * characters (U+200C, U+200D) and the format characters that can be seen, such as Arabic number signs.
 */
export const unprintable =
  /(?![\u200c-\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
