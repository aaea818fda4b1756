import { InvalidClusteringInputError, requireObject } from "./invalidClusteringInput.js";

/**
 * Reads each option with one of these names once, so that the value that is checked is the value that takes
 * effect.
 *
 * @throws {InvalidClusteringInputError} "options" if they are not an object; otherwise the name of the first
 *   unknown option
 */
export function knownOptions<T extends object>(options: T, names: readonly (keyof T & string)[]): Partial<T> {
  requireObject(options, "options");
  for (const key of keysOf(options)) {
    const name = String(key);
    if (typeof key === "string" && (names as readonly string[]).includes(key)) continue;
    const [meant] = names
      .map((known) => ({ known, wrong: lettersWrong(name, known) }))
      .filter(({ wrong }) => wrong <= MOST_WRONG)
      .sort((a, b) => a.wrong - b.wrong);
    const hint = meant ? `did you mean ${meant.known}?` : `the options are ${names.join(", ")}`;
    const field = name.slice(0, MOST_CHARACTERS);
    throw new InvalidClusteringInputError(
      field,
      Reflect.get(options, key),
      `${field} is not an option: ${hint}`,
    );
  }
  const given: Partial<T> = {};
  for (const name of names) given[name] = options[name];
  return given;
}

/**
 * All names of properties that can be read from the options and may be meant as one: inherited names and
 * symbols too.
 */
function keysOf(options: object): PropertyKey[] {
  const keys: PropertyKey[] = [];
  for (let each: object | null = options; each !== null; each = Object.getPrototypeOf(each)) {
    // Properties that were added to `Object.prototype` are not meant as options.
    if (each !== options && Object.hasOwn(each, "isPrototypeOf")) break;
    const from = each;
    keys.push(
      ...Reflect.ownKeys(from).filter((key) => Object.prototype.propertyIsEnumerable.call(from, key)),
    );
  }
  return keys;
}

/** Characters of a name that a message shows. */
const MOST_CHARACTERS = 80;
/**
 * Number of letters that may be wrong, missing or superfluous in a misspelled name for which a suggestion is
 * made.
 */
const MOST_WRONG = 2;

/** Levenshtein distance of two names, ignoring case and punctuation; ∞ if their lengths differ too much. */
function lettersWrong(name: string, known: string): number {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const a = letters(name.slice(0, MOST_CHARACTERS));
  const b = letters(known);
  if (Math.abs(a.length - b.length) > MOST_WRONG) return Infinity;
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j] + 1, row[j - 1] + 1));
    }
    above = row;
  }
  return above[b.length];
}
