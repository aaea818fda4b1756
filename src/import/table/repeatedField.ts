import { endOfString } from "./exactJson.js";

/**
 * The name of a field that an object in valid JSON has twice, at any depth; undefined if there is none. `JSON.parse` takes
 * the last one without a word.
 *
 * @param value what the JSON holds
 */
export function repeatedField(json: string, value: unknown): string | undefined {
  return namesIn(json) === fieldsOf(value) ? undefined : firstRepeated(json);
}

/** Number of names of fields in JSON. Numbers between them are skipped without being looked at. */
function namesIn(json: string): number {
  let names = 0;
  for (let start = json.indexOf('"'); start >= 0; ) {
    const end = endOfString(json, start);
    if (isName(json, end)) names++;
    start = json.indexOf('"', end);
  }
  return names;
}

/** Whether a string that ends at `end` is the name of a field. */
function isName(json: string, end: number): boolean {
  let at = end;
  while (json[at] === " " || json[at] === "\t" || json[at] === "\n" || json[at] === "\r") at++;
  return json[at] === ":";
}

/** Number of the fields of all objects in a value, which may be nested to any depth. */
function fieldsOf(value: unknown): number {
  let fields = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const parts: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) fields += parts.length;
    for (const part of parts) if (typeof part === "object" && part !== null) open.push(part);
  }
  return fields;
}

function firstRepeated(json: string): string | undefined {
  const open: Set<string>[] = [];
  const special = /["{}]/g;
  for (let match = special.exec(json); match; match = special.exec(json)) {
    const [character] = match;
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    else {
      const end = endOfString(json, match.index);
      special.lastIndex = end;
      if (!isName(json, end)) continue;
      const name = JSON.parse(json.slice(match.index, end)) as string;
      const names = open[open.length - 1];
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
