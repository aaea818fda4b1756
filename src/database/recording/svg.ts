/**
 * Whether the bytes are a document of UTF-8 text whose root element, from first tag to last, is an `svg`. It reads
 * the text from both ends towards the root and never twice, so that its time grows with the length alone.
 */
export function isSvg(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x3c && first !== 0xef) return false; // "<", or a byte order mark
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  const start = endOfProlog(text);
  if (start === null) return false;
  const tag = rootTag.exec(text.slice(start, start + longestRootTag))?.[1];
  if (!tag) return false;
  const root = text.slice(start, startOfEpilog(text, start));
  if (!root.endsWith(">")) return false;
  if (root.endsWith("/>") && endOfTag(root) === root.length) return true;
  const closing = root.lastIndexOf("</");
  return closing > 0 && root.slice(closing + 2, -1).trimEnd() === tag;
}

/** The name of an element `svg`, with a prefix that namespaces may give it. */
const rootTag = /^<((?:[\w.-]{1,100}:)?svg)[\s/>]/;
const longestRootTag = 110;

const comment = { opens: "<!--", closes: "-->" };
const instruction = { opens: "<?", closes: "?>" };

/** After the first tag, whose attributes' values may hold a ">"; beyond the text where the tag does not end. */
function endOfTag(text: string): number {
  const stop = /["'>]/g;
  for (let found = stop.exec(text); found; found = stop.exec(text)) {
    if (found[0] === ">") return stop.lastIndex;
    stop.lastIndex = text.indexOf(found[0], stop.lastIndex) + 1;
    if (stop.lastIndex === 0) break;
  }
  return text.length + 1;
}

/** Where the root begins: after white space, a declaration, comments, instructions and at most one document type. */
function endOfProlog(text: string): number | null {
  let hasDocumentType = false;
  for (let at = 0; ; ) {
    while (isSpace(text, at)) at++;
    const markup = [comment, instruction].find(({ opens }) => text.startsWith(opens, at));
    let end: number;
    if (markup) end = text.indexOf(markup.closes, at + markup.opens.length) + markup.closes.length;
    else if (text.startsWith("<!DOCTYPE", at)) {
      // XML allows one. Each may be searched to the end of the text, so that many would take long.
      if (hasDocumentType) return null;
      hasDocumentType = true;
      end = endOfDocumentType(text, at);
    } else return at;
    if (end <= at) return null;
    at = end;
  }
}

/** At most `at` where it does not end. Declarations of its own stand in brackets. */
function endOfDocumentType(text: string, at: number): number {
  const end = text.indexOf(">", at) + 1;
  const bracket = text.slice(at, end).indexOf("[");
  if (bracket < 0) return end;
  closingBracket.lastIndex = at + bracket;
  return closingBracket.test(text) ? closingBracket.lastIndex : -1;
}

/** An entity's value may hold a "]", which no ">" follows. */
const closingBracket = /\][ \t\r\n]*>/g;

/** Where the root ends: before white space, comments and instructions. */
function startOfEpilog(text: string, rootStart: number): number {
  for (let end = text.length; ; ) {
    while (isSpace(text, end - 1)) end--;
    const markup = [comment, instruction].find(({ closes }) => text.endsWith(closes, end));
    if (!markup) return end;
    const start = text.lastIndexOf(markup.opens, end - markup.closes.length);
    // What closes earlier is not what ends here.
    if (start <= rootStart || text.indexOf(markup.closes, start) !== end - markup.closes.length) return end;
    end = start;
  }
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
