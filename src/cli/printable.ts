/** Control characters of both sets (C0 and C1), and those that reverse the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const unprintable = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A recorded text as it is printed on one line of a terminal: control characters are escaped as in JSON, because a
 * terminal would obey them.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
