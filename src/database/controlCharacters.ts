/** Codes of control characters, a line break at the end of a secret's file among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const controlCharacters = /[\u0000-\u001f\u007f]/;
