/**
 * Each character of a text with the characters that differ from it only in case, itself first. Databases compare case
 * in their own ways, or for ASCII alone; a pattern of these finds the same texts on all of them.
 */
export function caseVariants(text: string): string[][] {
  return Array.from(text, (character) => {
    const upper = character.toUpperCase();
    const variants = [character, character.toLowerCase(), upper, upper.toLowerCase()];
    return [...new Set(variants)].filter((variant) => [...variant].length === 1);
  });
}
