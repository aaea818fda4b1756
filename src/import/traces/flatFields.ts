import { isFields, isGiven, readFields, withoutRepeated } from "./chatText.js";

/** Fields by their path, such as attributes.llm.output_messages.0.message.content. */
export type FlatFields = Map<string, unknown>;

/** Limit of the names in a path: far above what any program writes. */
const deepestPath = 100;

interface Flattening {
  /** Whether a field is one value, whatever it holds. */
  isWhole?: (path: string) => boolean;
  /** Whether a field's text may be the fields in it, as JSON or as Python prints them. */
  isJson?: (path: string) => boolean;
}

/**
 * Gives nested objects, lists of objects, dotted names and JSON in texts one form, in which programs write the same
 * fields differently. Lists of other values are one value; what is missing or hidden is left out.
 *
 * @throws RangeError if objects and lists are nested too deeply; RepeatedFieldError if JSON in a text has a field twice
 */
export function flatFields(fields: Record<string, unknown>, flattening: Flattening = {}): FlatFields {
  const flat: FlatFields = new Map();
  for (const [name, value] of Object.entries(fields)) addField(flat, name, value, 1, flattening);
  return flat;
}

function addField(
  flat: FlatFields,
  path: string,
  given: unknown,
  depth: number,
  flattening: Flattening,
): void {
  if (depth > deepestPath) throw new RangeError("Objects and lists are nested too deeply.");
  const { isWhole = () => false, isJson = () => false } = flattening;
  if (!isGiven(given)) return;
  const value =
    typeof given === "string" && isJson(path) ? (withoutRepeated(readFields(given), path) ?? given) : given;
  if (isWhole(path)) {
    flat.set(path, value);
  } else if (Array.isArray(value) && value.some(isFields)) {
    for (const [at, item] of value.entries()) addField(flat, `${path}.${at}`, item, depth + 1, flattening);
  } else if (isFields(value) && !(value instanceof Date)) {
    for (const [name, item] of Object.entries(value))
      addField(flat, `${path}.${name}`, item, depth + 1, flattening);
  } else flat.set(path, value);
}

/** The first of several fields that is there; null if there is none. */
export function firstField(fields: FlatFields, ...paths: string[]): unknown {
  for (const path of paths) if (fields.has(path)) return fields.get(path);
  return null;
}

/** The fields of each item of a list, in the order of their indices, by their paths within the item. */
export function itemsOf(fields: FlatFields, list: string): FlatFields[] {
  const items = new Map<number, FlatFields>();
  for (const [path, value] of fields) {
    if (!path.startsWith(`${list}.`)) continue;
    const [, index, rest] = /^(\d+)(?:\.(.*))?$/s.exec(path.slice(list.length + 1)) ?? [];
    if (index === undefined) continue;
    const item = items.get(Number(index)) ?? new Map();
    items.set(Number(index), item.set(rest ?? "", value));
  }
  return [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
}
