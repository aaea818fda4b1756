/** Matches control characters, including the line break with which a file that holds a secret may end. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const controlCharacters = /[\u0000-\u001f\u007f]/;
