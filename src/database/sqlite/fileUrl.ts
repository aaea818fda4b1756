import { basename, resolve } from "node:path";
import { controlCharacters } from "../controlCharacters.js";

/**
 * The absolute path named by the part of a URL after `file:`, by RFC 8089. A path that does not begin with a
 * slash is relative to the working directory. As in every URL, %XX stands for a byte of UTF-8, and a "%" in a
 * name is written %25.
 * @param refuse throws an error with the given reason
 */
export function readFileUrl(rest: string, refuse: (reason: string) => never): string {
  const [, host, encodedPath = "", query, fragment] =
    /^(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? [];
  if (host && host.toLowerCase() !== "localhost") {
    const shown = /^[\w.-]+$/.test(host) ? ` ${JSON.stringify(host)}` : "";
    refuse(
      `names a host${shown}, and a file: URL names a file of this machine: file:./RELATIVE or file:///ABSOLUTE.`,
    );
  }
  if (query !== undefined) {
    const parameter = /^\w+/.exec(query)?.[0];
    refuse(
      `has ${parameter ? `the parameter ${JSON.stringify(parameter)}` : 'a "?"'}, and a file: URL takes no parameters. A "?" in a file's name is written %3F.`,
    );
  }
  if (fragment !== undefined) refuse('has a "#", which in a file\'s name is written %23.');
  const path = decoded(encodedPath, refuse);
  if (path === "") refuse("names no file: file:./medoid.db does.");
  if (path.startsWith(":memory:")) {
    refuse("names no file: a database in memory would be another one for each connection.");
  }
  requireFileName(path, refuse);
  // "%7E" can be meant.
  if (encodedPath.startsWith("~")) refuse(shellDirectory(`file:./${encodedPath}`));
  if (/^\s|\s$/.test(encodedPath)) {
    refuse("begins or ends with a space, which in a file's name is written %20.");
  }
  // file:///C:/… on Windows
  return resolve(process.platform === "win32" ? path.replace(/^\/(?=[a-z]:)/i, "") : path);
}

/**
 * The absolute path named by a path as the file system has it, in which "%", "?" and "#" have no meaning.
 * @param refuse throws an error with the given reason
 */
export function readFilePath(path: string, refuse: (reason: string) => never): string {
  requireFileName(path, refuse);
  if (/^\s|\s$/.test(path)) {
    refuse("begins or ends with a space. A file with such a name is written as a URL: file:./NAME%20.");
  }
  if (path.startsWith("~")) refuse(shellDirectory(`./${path}`));
  return resolve(path);
}

const shellDirectory = (relative: string): string =>
  `begins with a "~", which only a shell replaces by a directory. A file in the working directory is ${JSON.stringify(relative)}.`;

function requireFileName(path: string, refuse: (reason: string) => never): void {
  if (controlCharacters.test(path))
    refuse("has a control character, such as a line break, in the file's name.");
  // Node has replaced the bytes of the argument or variable that are not UTF-8: it would be another file.
  if (path.includes("\ufffd")) refuse("has bytes that are not UTF-8, or U+FFFD, in the file's name.");
  if (path.endsWith("/") || [".", ".."].includes(basename(path))) {
    refuse(`names a directory, not a file: ${JSON.stringify(path)}.`);
  }
}

function decoded(path: string, refuse: (reason: string) => never): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return refuse(
      'has a "%" that two hexadecimal digits of UTF-8 do not follow: a "%" itself is written %25.',
    );
  }
}
