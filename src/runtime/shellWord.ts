import { unprintable } from "./unprintable.js";

/**
 * A word as a POSIX shell reads it; as bash and zsh read it, if it has characters that are not printed, because a command
 * that has them could not be copied.
 */
export function shellWord(word: string): string {
  if (/^[\w./:@%+=,-]+$/.test(word)) return word;
  if (!unprintable.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = [...word].map((character) => {
    if (character === "'" || character === "\\") return `\\${character}`;
    if (!unprintable.test(character)) return character;
    return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
  return `$'${escaped.join("")}'`;
}
