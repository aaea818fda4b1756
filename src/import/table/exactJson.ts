/** Text that may have a number that a JavaScript number cannot hold: a long integer, or one with a large exponent. */
const longNumber = /(?<![.\d])\d{16,}(?![.\deE])|\d[eE]\+?\d{3}/;
const onlyNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const numbers = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON, and returns as texts the integers that `JSON.parse` would round, and the numbers that it would read
 * as infinite. (Fractions are rounded, as everywhere.)
 * @throws SyntaxError if the text is not JSON
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(longNumber.test(text) ? withQuotedNumbers(text) : text);
}

/** Whether a value is a number that `parseExactJson` has returned as text. */
export const isQuotedNumber = (value: unknown): value is string =>
  typeof value === "string" && longNumber.test(value) && onlyNumber.test(value);

function withQuotedNumbers(json: string): string {
  const parts: string[] = [];
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const start = quote < 0 ? json.length : quote;
    parts.push(json.slice(at, start).replace(numbers, quotedUnlessExact));
    at = endOfString(json, start);
    parts.push(json.slice(start, at));
  }
  return parts.join("");
}

function quotedUnlessExact(number: string): string {
  const value = Number(number);
  const isExact = /^-?\d+$/.test(number) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? number : `"${number}"`;
}

/**
 * Where the string that begins at `start` ends. A regular expression would need memory for each character of the
 * string, and, if its end is missing, time that grows with the square of its length.
 */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    if (at < 0) return json.length;
    let before = at;
    while (json[before - 1] === "\\") before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
}
