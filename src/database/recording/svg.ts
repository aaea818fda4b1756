/**
 * Whether the bytes are a document in UTF-8 whose root element is an `svg`, from its first tag to its last.
 * The text is scanned once from each end towards the root, so that the time is linear in its length.
 */
export function isSvg(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x3c && first !== 0xef) return false; // "<" or a byte order mark
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

/** Maximum length, in characters, of a root element's tag that is looked at. */
const longestSvgTag = 4096;

/**
 * The first tag of the root element, with its attributes and without a namespace prefix, of a document that
 * `isSvg` accepts. Its first bytes suffice: null if they do not hold the whole tag, or it is very long.
 */
export function svgTag(head: Uint8Array): string | null {
  const text = new TextDecoder().decode(head);
  const start = endOfProlog(text);
  if (start === null) return null;
  const tag = text.slice(start, start + longestSvgTag);
  const name = rootTag.exec(tag)?.[1];
  const end = endOfTag(tag);
  return name === undefined || end > tag.length ? null : `<svg${tag.slice(1 + name.length, end)}`;
}

/** The first tag of an element `svg`, whose name may have a namespace prefix. */
const rootTag = /^<((?:[\w.-]{1,100}:)?svg)[\s/>]/;
const longestRootTag = 110;

const comment = { opens: "<!--", closes: "-->" };
const instruction = { opens: "<?", closes: "?>" };

/**
 * The end of the first tag, whose attribute values may contain ">"; greater than the text's length if the tag
 * does not end.
 */
function endOfTag(text: string): number {
  const stop = /["'>]/g;
  for (let found = stop.exec(text); found; found = stop.exec(text)) {
    if (found[0] === ">") return stop.lastIndex;
    stop.lastIndex = text.indexOf(found[0], stop.lastIndex) + 1;
    if (stop.lastIndex === 0) break;
  }
  return text.length + 1;
}

/**
 * The start of the root element: after white space, a declaration, comments, processing instructions and at
 * most one document type. Null if a part before it does not end, or there are two document types.
 */
function endOfProlog(text: string): number | null {
  let hasDocumentType = false;
  for (let at = 0; ; ) {
    while (isSpace(text, at)) at++;
    const markup = [comment, instruction].find(({ opens }) => text.startsWith(opens, at));
    let end: number;
    if (markup) end = text.indexOf(markup.closes, at + markup.opens.length) + markup.closes.length;
    else if (text.startsWith("<!DOCTYPE", at)) {
      // XML allows one. Each can require a scan to the end of the text, so that many would take quadratic
      // time.
      if (hasDocumentType) return null;
      hasDocumentType = true;
      end = endOfDocumentType(text, at);
    } else return at;
    if (end <= at) return null;
    at = end;
  }
}

/**
 * The end of a document type, which may contain declarations in brackets; at most `at` if it does not end.
 */
function endOfDocumentType(text: string, at: number): number {
  const end = text.indexOf(">", at) + 1;
  const bracket = text.slice(at, end).indexOf("[");
  if (bracket < 0) return end;
  closingBracket.lastIndex = at + bracket;
  return closingBracket.test(text) ? closingBracket.lastIndex : -1;
}

/** The end of the bracketed part. The value of an entity may contain "]", but there no ">" follows it. */
const closingBracket = /\][ \t\r\n]*>/g;

/** The end of the root element: before white space, comments and processing instructions. */
function startOfEpilog(text: string, rootStart: number): number {
  for (let end = text.length; ; ) {
    while (isSpace(text, end - 1)) end--;
    const markup = [comment, instruction].find(({ closes }) => text.endsWith(closes, end));
    if (!markup) return end;
    const start = text.lastIndexOf(markup.opens, end - markup.closes.length);
    // The opening found is closed earlier, so that it does not belong to the closing at the end.
    if (start <= rootStart || text.indexOf(markup.closes, start) !== end - markup.closes.length) return end;
    end = start;
  }
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
