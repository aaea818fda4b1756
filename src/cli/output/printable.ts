import stringWidth from "string-width";
import { unprintable } from "../../runtime/unprintable.js";

const allUnprintable = new RegExp(unprintable, "gu");

/**
 * A recorded text as it is printed on one line of a terminal: control characters are escaped as in JSON, because a
 * terminal would obey them, and so are invisible ones.
 */
export function printable(text: string): string {
  return text.replace(allUnprintable, (character) =>
    Array.from({ length: character.length }, (_, i) => {
      const code = character.charCodeAt(i).toString(16).padStart(4, "0");
      return `\\u${code}`;
    }).join(""),
  );
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/**
 * The beginning of a text that takes at most `width` columns of a terminal when it is printed, with "…" if it is not
 * the whole text. A character that is composed of several code points is never divided.
 */
export function shortened(text: string, width: number): string {
  return cut(text, width, printable);
}

/** The same as a JSON string, in which line breaks are "\n". The quotes count as part of the width. */
export function quoted(text: string, width: number): string {
  return `"${cut(text, width - 2, (part) => printable(JSON.stringify(part).slice(1, -1)))}"`;
}

/** The number of columns that a printable text takes. Of most texts it is the length, which is known much faster. */
export const columnsOf = (text: string) => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text));

/** A printable text with spaces after it, up to a width in columns. */
export const padded = (text: string, width: number) =>
  text + " ".repeat(Math.max(0, width - columnsOf(text)));

/** Made when it is first needed, because it takes 14 ms, which every command would wait for. */
let characters: Intl.Segmenter | undefined;

/** The most code units that are looked at for each column: many characters may have no width of their own. */
const unitsPerColumn = 16;

function cut(text: string, width: number, asPrinted: (part: string) => string): string {
  const isCut = text.length > width * unitsPerColumn;
  const beginning = isCut ? text.slice(0, width * unitsPerColumn) : text;
  let printed = "";
  let columns = 0;
  /** The length of what is printed if "…" must follow. */
  let fits = 0;
  characters ??= new Intl.Segmenter();
  for (const { segment } of characters.segment(beginning)) {
    const part = asPrinted(segment);
    columns += columnsOf(part);
    if (columns > width) return `${printed.slice(0, fits)}…`;
    printed += part;
    if (columns < width) fits = printed.length;
  }
  return isCut ? `${printed.slice(0, fits)}…` : printed;
}
