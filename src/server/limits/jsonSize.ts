import type { Refuse } from "./rejections.js";

export interface JsonLimits {
  /** Levels of lists and objects in a request's variables or extensions. */
  nesting: number;
  /** Fields of objects and elements of lists in a request; each list or object counts as `weightOfContainer`. */
  values: number;
}

/** How many numbers take as long to read as one list or object, about, which is made anew at each reading. */
export const weightOfContainer = 5;

/**
 * Refuses the JSON of a request before it is parsed.
 * @param levelsAround how many levels of it are around the values of the request's parameters
 * @throws GraphQLError (400) where it is nested too deep, or holds too many values
 */
export type LimitJson = (json: Uint8Array, levelsAround: number) => void;

/**
 * Bounds what the JSON of a request takes to read. What goes through values level by level, as writing them as JSON
 * does, would run out of stack; and each value is looked at several times before a resolver meets it, on the thread
 * that answers all requests. So its bytes are counted before anything is made of them.
 */
export function limitJson({ nesting, values }: JsonLimits, refuse: Refuse): LimitJson {
  return (json, levelsAround) => {
    const exceeded = firstExceeded(json, nesting + levelsAround, values);
    if (exceeded === null) return;
    const http = { status: 400 };
    if (exceeded === "NESTING") {
      const message = `The request's variables are nested more than ${nesting} levels deep.`;
      throw refuse({ limit: "NESTING", maximum: nesting, message, http });
    }
    const message = `The request's JSON holds more than ${values} values, fields of objects and elements of lists counted, and each list or object as ${weightOfContainer}. Send vectors as base64, or several requests.`;
    throw refuse({ limit: "VALUES", maximum: values, message, http });
  };
}

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
/** "[" and "{", and their ends, differ by one bit. */
const caseBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/**
 * What a list or object holds but for the first value has a comma before it. What is no JSON is refused afterwards,
 * whatever was counted here.
 */
function firstExceeded(
  json: Uint8Array,
  mostLevels: number,
  mostValues: number,
): "NESTING" | "VALUES" | null {
  let levels = 0;
  let values = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === quote) {
      for (i++; i < json.length && json[i] !== quote; i++) if (json[i] === backslash) i++;
    } else if (byte === comma) {
      if (++values > mostValues) return "VALUES";
    } else if ((byte | caseBit) === opening) {
      if (++levels > mostLevels) return "NESTING";
      values += weightOfContainer;
      if (values > mostValues) return "VALUES";
    } else if ((byte | caseBit) === closing) levels--;
  }
  return null;
}
