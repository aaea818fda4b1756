const quote = 0x22;
const backslash = 0x5c;
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Longer keys are none that anybody looks for; longer values are cut, and are then no document that parses. */
const mostBytes = 200_000;

/**
 * Finds the strings that a JSON object, coming in bit by bit, has under one name at its top level. It keeps nothing
 * else, and does not judge whether the rest is JSON: whoever parses it will.
 */
export class TopLevelStrings {
  /** In the order of the text. */
  readonly found: string[] = [];
  /** Whether the text begins with anything but "{". */
  notAnObject = false;

  readonly #name: string;
  #depth = 0;
  #started = false;
  #inString = false;
  #escaped = false;
  /** Whether the string is one to keep: a key of the top level, or the value of the name. */
  #kept = false;
  #bytes: number[] = [];
  #expectsKey = false;
  #key: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  read(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#inString) {
        if (!this.#kept && !this.#escaped) {
          // The common case, at the speed of a search: a string that nothing is escaped at the end of.
          const quoteAt = chunk.indexOf(quote, i);
          const end = quoteAt < 0 ? chunk.length : quoteAt;
          if (chunk[end - 1] !== backslash) {
            this.#inString = quoteAt < 0;
            i = end;
            continue;
          }
        }
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) {
          this.#inString = false;
          if (this.#kept) this.#endString();
          continue;
        }
        if (this.#kept && this.#bytes.length < mostBytes) this.#bytes.push(byte);
        continue;
      }
      if (byte === quote) {
        this.#inString = true;
        this.#kept = this.#depth === 1 && (this.#expectsKey || this.#key === this.#name);
        this.#bytes.length = 0;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (!this.#started) {
          this.#started = true;
          this.notAnObject = byte === 0x5b;
          this.#expectsKey = true;
        }
        this.#depth++;
      } else if (byte === 0x7d || byte === 0x5d) this.#depth--;
      else if (byte === 0x2c && this.#depth === 1) {
        this.#expectsKey = true;
        this.#key = undefined;
      } else if (!this.#started && !isSpace(byte) && byte < 0x80) {
        this.#started = true;
        this.notAnObject = true;
      }
    }
  }

  #endString(): void {
    const text = unescaped(Buffer.from(this.#bytes).toString());
    if (this.#expectsKey) {
      this.#expectsKey = false;
      this.#key = text;
    } else this.found.push(text);
  }
}

/** What a JSON string's inside means; nothing where it is none. */
function unescaped(inside: string): string {
  try {
    return JSON.parse(`"${inside}"`);
  } catch {
    return "";
  }
}
