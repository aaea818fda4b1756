import { normalize } from "node:path";

/**
 * Removes the passwords of URLs from a message that may repeat a command's arguments. Only passwords in the
 * arguments and the environment are searched for, so that other URLs, and other texts with an "@", stay unchanged.
 * @param given the command's arguments, and the values of its environment variables
 */
export function withoutPasswords(message: string, given: readonly string[] = givenToThisProcess()): string {
  const parts = given
    .flatMap(asRepeated)
    .flatMap((text) => secretsOf(text).flatMap((secret) => partsOf(message, text, secret)))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  let shown = "";
  let from = 0;
  for (const { start, end } of parts) {
    if (end <= from) continue;
    // A part that begins within the previous one continues it.
    if (start >= from && !(start === from && from > 0)) shown += `${message.slice(from, start)}…`;
    from = end;
  }
  return shown + message.slice(from);
}

function givenToThisProcess(): string[] {
  return [...process.argv.slice(2), ...Object.values(process.env).map((value) => value ?? "")];
}

/** The forms in which messages repeat a text: unchanged, as a JSON string, or as a normalised path. */
function asRepeated(text: string): string[] {
  if (!/@|password=/i.test(text)) return [];
  const path = normalize(text);
  return [text, path].flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]);
}

interface Part {
  start: number;
  end: number;
}

/** The position of a password in a text, and the characters before it. */
interface Secret extends Part {
  before: string;
}

/** The fewest matching characters that are taken for the password; fewer may match by chance. */
const fewest = 3;

/** Everything that may be part of a password, since special characters in it may not be escaped as %XX. */
function secretsOf(text: string): Secret[] {
  const secrets: Secret[] = [];
  const end = text.lastIndexOf("@");
  const scheme = schemeOf(text);
  if (scheme && scheme.name.toLowerCase() !== "file") {
    const { name, slashes } = scheme;
    const afterScheme = scheme.index + name.length + 1 + slashes.length;
    const colons: [from: number, colon: number][] = [];
    if (slashes !== "") colons.push([afterScheme - 1, text.indexOf(":", afterScheme)]);
    // The text before the first colon may be a user name, and the slashes the first characters of the password.
    if (slashes !== "//" || !/^(postgres(ql)?|https?)$/i.test(name)) {
      colons.push([scheme.index, afterScheme - slashes.length - 1]);
    }
    for (const [from, colon] of colons) {
      if (colon < 0 || colon >= end) continue;
      secrets.push({ before: text.slice(from, colon + 1), start: colon + 1, end });
    }
  }
  const parameter = /password=/i.exec(text);
  if (parameter) {
    const start = parameter.index + parameter[0].length;
    secrets.push({ before: parameter[0], start, end: text.length });
  }
  return secrets;
}

/** The first scheme in a text, and the slashes after its colon: at most two. */
function schemeOf(text: string): { index: number; name: string; slashes: string } | null {
  let from = 0;
  for (let colon = text.indexOf(":"); colon >= 0; colon = text.indexOf(":", from)) {
    // Backwards from each colon: a search for what may come before one would take quadratic time.
    let index = colon;
    while (index > from && /[a-z0-9+.-]/i.test(text[index - 1])) index--;
    while (index < colon && !/[a-z]/i.test(text[index])) index++;
    from = colon + 1;
    if (index === colon) continue;
    const slashes = /^\/{0,2}/.exec(text.slice(from, from + 2))?.[0] ?? "";
    return { index, name: text.slice(index, colon), slashes };
  }
  return null;
}

/** The parts of a message that repeat a text's password, completely or only its beginning. */
function partsOf(message: string, text: string, { before, start, end }: Secret): Part[] {
  const parts: Part[] = [];
  for (let found = message.indexOf(before); found >= 0; found = message.indexOf(before, found + 1)) {
    const from = found + before.length;
    let length = 0;
    while (start + length < end && message[from + length] === text[start + length]) length++;
    if (length > 0 && length >= Math.min(fewest, end - start))
      parts.push({ start: from, end: from + length });
  }
  return parts;
}
