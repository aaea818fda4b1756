/** Text that may have a number that a JavaScript number cannot hold: one of many digits, or with a large exponent. */
const longNumber = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;
const numberParts = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Text that may have a number that `JSON.parse` reads as infinite. */
const perhapsTooLarge = /(?:^|\D)\d{300}|[eE]\+?\d{3}/;
const numbers = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Numbers of at most this many characters are exact, unless they have an exponent. */
const exactLength = 15;
/** Limit of the length of a name of a vector's field, with its quotes: longer strings are texts. */
const longestName = 1000;
/** Number of significant digits that no JavaScript number exceeds when it is written. */
const mostDigits = 17;

/**
 * Parses JSON, and returns as texts the numbers that a JavaScript number does not hold to the digits that are written:
 * `JSON.parse` would round them, or read them as infinite.
 *
 * @param isVector whether a field's lists of numbers are returned as `JSON.parse` reads them, unless a number is too
 *   large for it: checking the numbers of vectors takes several times as long as parsing them
 * @throws SyntaxError if the text is not JSON
 */
export function parseExactJson(text: string, isVector: IsVectorField = () => false): unknown {
  return JSON.parse(longNumber.test(text) ? withQuotedNumbers(text, isVector) : text);
}

/** Whether a field holds vectors, whose numbers may be rounded. @param name as JSON writes it between quotes */
export type IsVectorField = (name: string) => boolean;

/**
 * Parses JSON of a vector, whose numbers are rounded anyway, so that only those that `JSON.parse` would read as infinite
 * are returned as texts.
 *
 * @throws SyntaxError if the text is not JSON
 */
export function parseJsonOfVector(text: string): unknown {
  return perhapsTooLarge.test(text) ? parseExactJson(text) : JSON.parse(text);
}

/**
 * Whether a text is one number that a JavaScript number holds to the digits that are written: 0.1 is, and
 * 0.1234567890123456789 is not. Zeros at the end do not count. Integers must be safe, because readers of JSON round
 * others.
 */
export function isExactNumber(text: string): boolean {
  const [, whole, fraction, exponent] = numberParts.exec(text) ?? [];
  if (whole === undefined) return false;
  if (fraction === undefined && exponent === undefined) return Number.isSafeInteger(Number(text));
  if (exponent === undefined && text.length <= exactLength) return true;
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const shortest = String(value);
  return shortest === text || isSameDecimal(text, shortest);
}

/** Whether a value is a number that `parseExactJson` has returned as text. */
export const isQuotedNumber = (value: unknown): value is string =>
  typeof value === "string" && longNumber.test(value) && numberParts.test(value) && !isExactNumber(value);

function withQuotedNumbers(json: string, isVector: IsVectorField): string {
  const parts: string[] = [];
  let copied = 0;
  let vectorFollows = false;
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const string = quote < 0 ? json.length : quote;
    const start = vectorFollows ? at + endOfVector(json.slice(at, string)) : at;
    const part = json.slice(start, string);
    if (longNumber.test(part)) {
      parts.push(json.slice(copied, start), part.replace(numbers, quotedUnlessExact));
      copied = string;
    }
    at = endOfString(json, string);
    vectorFollows = at - string <= longestName && isVector(json.slice(string + 1, at - 1));
  }
  parts.push(json.slice(copied));
  return parts.join("");
}

/** The length of the list that a field's value begins with; 0 if there is none, or it may have a number that is too large. */
function endOfVector(afterName: string): number {
  if (!/^\s*:\s*\[/.test(afterName)) return 0;
  const list = afterName.slice(0, afterName.indexOf("]") + 1);
  return perhapsTooLarge.test(list) ? 0 : list.length;
}

function quotedUnlessExact(number: string): string {
  return isExactNumber(number) ? number : `"${number}"`;
}

/** Whether two numbers are the same, as far as their digits say it; the sign is not compared. */
function isSameDecimal(one: string, other: string): boolean {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  return a.digits === b.digits && a.power === b.power;
}

/**
 * A number as 0.DIGITS times ten to a power, without zeros at either end of the digits: of zero, there are none. Where
 * there are more digits than a JavaScript number can have, they are cut off after the first one too many.
 */
function decimalOf(number: string): { digits: string; power: number } {
  const [, whole, fraction = "", exponent = "0"] = numberParts.exec(number)!;
  const all = whole + fraction;
  let start = 0;
  while (all[start] === "0") start++;
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  if (start === end) return { digits: "", power: 0 };
  return {
    digits: all.slice(start, Math.min(end, start + mostDigits + 1)),
    power: whole.length - start + Number(exponent),
  };
}

/**
 * Where the string that begins at `start` ends. A regular expression would need memory for each character of the
 * string, and, if its end is missing, time that grows with the square of its length.
 */
export function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    if (at < 0) return json.length;
    let before = at;
    while (json[before - 1] === "\\") before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
}
