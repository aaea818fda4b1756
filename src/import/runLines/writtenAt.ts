import { endOfString } from "../table/exactJson.js";

/**
 * The JSON of a value as it is written, which `JSON.parse` may have changed: it reads 1e400 as infinite.
 *
 * @param json valid JSON
 * @param path of the value: names of fields, and indices from 0
 * @returns undefined if there is nothing at the path
 */
export function writtenAt(json: string, path: string[]): string | undefined {
  let start: number | undefined = nextToken(json, 0);
  for (const name of path) {
    start = json[start] === "{" ? fieldAt(json, start, name) : elementAt(json, start, name);
    if (start === undefined) return undefined;
  }
  return json.slice(start, endOfValue(json, start));
}

/** Where the value of an object's field begins. No two have the same name: such a line is not valid. */
function fieldAt(json: string, object: number, name: string): number | undefined {
  for (let at = nextToken(json, object + 1); json[at] === '"'; ) {
    const end = endOfString(json, at);
    const value = nextToken(json, end);
    if (JSON.parse(json.slice(at, end)) === name) return value;
    at = nextToken(json, endOfValue(json, value));
  }
  return undefined;
}

function elementAt(json: string, list: number, index: string): number | undefined {
  if (json[list] !== "[") return undefined;
  let at = nextToken(json, list + 1);
  for (let i = 0; json[at] !== "]"; i++) {
    if (String(i) === index) return at;
    at = nextToken(json, endOfValue(json, at));
  }
  return undefined;
}

/** Where the next value, name or closing bracket begins. */
function nextToken(json: string, at: number): number {
  const between = /[\s,:]*/y;
  between.lastIndex = at;
  between.test(json);
  return between.lastIndex;
}

function endOfValue(json: string, start: number): number {
  if (json[start] === '"') return endOfString(json, start);
  if (json[start] !== "[" && json[start] !== "{") {
    const numberOrWord = /[^\s,\]}]*/y;
    numberOrWord.lastIndex = start;
    numberOrWord.test(json);
    return numberOrWord.lastIndex;
  }
  let depth = 0;
  const special = /["[\]{}]/g;
  special.lastIndex = start;
  do {
    const [character] = special.exec(json)!;
    if (character === '"') special.lastIndex = endOfString(json, special.lastIndex - 1);
    else depth += character === "[" || character === "{" ? 1 : -1;
  } while (depth > 0);
  return special.lastIndex;
}
