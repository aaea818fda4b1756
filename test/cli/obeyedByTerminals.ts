/** Characters that a terminal obeys instead of printing them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
