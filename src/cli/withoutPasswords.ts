import { normalize } from "node:path";

/**
 * A message that may repeat what a command was given, without the passwords of the URLs in it. Only what was given is
 * looked for, so that a URL without a password, and what an "@" stands for, stay as they are.
 * @param given to the command
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
    // What begins within the last one goes on with it.
    if (start >= from && !(start === from && from > 0)) shown += `${message.slice(from, start)}…`;
    from = end;
  }
  return shown + message.slice(from);
}

function givenToThisProcess(): string[] {
  return [...process.argv.slice(2), ...Object.values(process.env).map((value) => value ?? "")];
}

/** As messages repeat it: as it is, in quotes of JSON, or as the path that it was taken for. */
function asRepeated(text: string): string[] {
  if (!/@|password=/i.test(text)) return [];
  const path = normalize(text);
  return [text, path].flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]);
}

interface Part {
  start: number;
  end: number;
}

/** Where a password stands in a text, and what precedes it. */
interface Secret extends Part {
  before: string;
}

/** So many equal characters may be there by chance. */
const fewest = 3;

/** All that may be of a password: special characters in it need not have been written as %XX. */
function secretsOf(text: string): Secret[] {
  const secrets: Secret[] = [];
  const end = text.lastIndexOf("@");
  const scheme = /([a-z][a-z0-9+.-]*):(\/{0,2})/i.exec(text);
  if (scheme && scheme[1].toLowerCase() !== "file") {
    const [{ length }, , slashes] = scheme;
    const afterScheme = scheme.index + length;
    const colons: [from: number, colon: number][] = [];
    if (slashes !== "") colons.push([afterScheme - 1, text.indexOf(":", afterScheme)]);
    // What precedes the first colon may be a name, and the slashes the first characters of its password.
    if (slashes !== "//" || !/^(postgres(ql)?|https?)$/i.test(scheme[1])) {
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

/** Where a message repeats the secret of a text, to its end or only the beginning of it. */
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
