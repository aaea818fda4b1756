/** Characters after a backslash that stand for others, as Python prints strings. */
const escapes: Record<string, string> = { "\\": "\\", "'": "'", '"': '"', n: "\n", r: "\r", t: "\t" };
/** Numbers of hexadecimal digits behind such characters. */
const codeLengths: Record<string, number> = { x: 2, u: 4, U: 8 };
const constants: Record<string, string> = { None: "null", True: "true", False: "false" };
/** A word that is not a string: a number or a constant. */
const word = /[-+.\w]+/y;
const number = /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/;

/**
 * Lists, tuples, dicts, strings, numbers and constants as Python prints them, as JSON. Python prints each of them in one
 * way, from which it can read them exactly. Other values are none of them, such as the arrays of NumPy, which are printed
 * with fewer digits.
 *
 * @returns null if the text is anything else
 */
export function pythonAsJson(text: string): string | null {
  const parts: string[] = [];
  /** The closing brackets of the open lists, tuples and dicts, the innermost last. */
  const open: string[] = [];
  let at = 0;
  /** Whether a value ends here, so that another one can only follow a comma or a colon. */
  let isBehindValue = false;
  while (at < text.length) {
    const character = text[at];
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const isSeparator = character === "," || character === ":";
    const isClosing = "])}".includes(character);
    if (isBehindValue && !isSeparator && !isClosing) return null;
    isBehindValue = !isSeparator && !"[({".includes(character);
    if (character === "'" || character === '"') {
      const end = endOfString(text, at);
      const read = end === null ? null : stringOf(text.slice(at + 1, end - 1));
      if (end === null || read === null) return null;
      parts.push(JSON.stringify(read));
      at = end;
    } else if ("[({".includes(character)) {
      open.push("])}"["[({".indexOf(character)]);
      parts.push(character === "{" ? "{" : "[");
      at++;
    } else if (isClosing) {
      if (open.pop() !== character) return null;
      if (character === ")" && parts.at(-1) === ",") parts.pop(); // of a tuple with one item
      parts.push(character === "}" ? "}" : "]");
      at++;
    } else if (isSeparator) {
      parts.push(character);
      at++;
    } else {
      word.lastIndex = at;
      const [written] = word.exec(text) ?? [];
      if (written === undefined || !(number.test(written) || Object.hasOwn(constants, written))) return null;
      parts.push(constants[written] ?? written);
      at += written.length;
    }
  }
  return open.length === 0 ? parts.join("") : null;
}

/** The index behind the string that begins at `start`; null if it has no end. */
function endOfString(text: string, start: number): number | null {
  for (let at = text.indexOf(text[start], start + 1); at >= 0; at = text.indexOf(text[start], at + 1)) {
    let before = at;
    while (text[before - 1] === "\\") before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return null;
}

/** The string that is written between quotes; null if it has an escape that Python does not print. */
function stringOf(written: string): string | null {
  const parts: string[] = [];
  let copied = 0;
  for (let at = written.indexOf("\\"); at >= 0; at = written.indexOf("\\", copied)) {
    const kind = written[at + 1];
    const length = codeLengths[kind] ?? 0;
    const digits = written.slice(at + 2, at + 2 + length);
    const code = Number.parseInt(digits, 16);
    const isCode = length > 0 && /^[\da-f]+$/i.test(digits) && digits.length === length && code <= 0x10ffff;
    if (!isCode && !Object.hasOwn(escapes, kind ?? "")) return null;
    parts.push(written.slice(copied, at), isCode ? String.fromCodePoint(code) : escapes[kind]);
    copied = at + 2 + length;
  }
  parts.push(written.slice(copied));
  return parts.join("");
}
