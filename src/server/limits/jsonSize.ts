import type { Refuse } from "./rejections.js";

export interface JsonLimits {
  /** Maximum nesting of lists and objects in a request's variables or extensions. */
  nesting: number;
  /**
   * Maximum number of fields of objects and elements of lists in a request. Each list or object adds
   * `weightOfContainer`.
   */
  values: number;
}

/** About how many numbers take as long to process as one list or object, which each step creates anew. */
export const weightOfContainer = 5;

/**
 * Refuses the JSON of a request before it is parsed.
 * @param levelsAround number of its levels around the values of the request's parameters
 * @throws GraphQLError (400) if the JSON is nested too deep or contains too many values
 */
export type LimitJson = (json: Uint8Array, levelsAround: number) => void;

/**
 * Creates the check that bounds the cost of processing a request's JSON. Functions that recurse into values,
 * such as JSON.stringify, would exhaust the stack; and each value is processed several times before a
 * resolver gets it, on the thread that serves all requests. So the bytes are scanned before any value is
 * created from them.
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
/** The bit in which "[" differs from "{", and "]" from "}". */
const caseBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/**
 * Finds the limit that a JSON text exceeds first; null if it exceeds none. Every value of a list or object
 * except the first has a comma before it. If the text is not JSON, the count is meaningless, but the text is
 * refused afterwards anyway.
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
