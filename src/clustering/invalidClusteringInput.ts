import { inspect } from "node:util";

/** Names the input or parameter that is invalid; thrown before any clustering work. */
export class InvalidClusteringInputError extends Error {
  override name = "InvalidClusteringInputError";

  /**
   * @param field the name of the option as given; or "points", "options", "data", "dimensions", or the name
   *   of an argument of `estimate`
   * @param value the value that was given. For data that are not a Float32Array, the name of their type; for
   *   an invalid row, its component that is not finite, or 0 for a row of zeros
   * @param row the first invalid row of `data`, from 0
   */
  constructor(
    readonly field: string,
    readonly value: unknown,
    message: string,
    readonly row?: number,
  ) {
    super(message);
  }
}

/** @throws {InvalidClusteringInputError} if `holds` is false */
export function require(holds: boolean, field: string, value: unknown, expected: string, was?: string): void {
  if (!holds) throw fault(field, value, expected, was);
}

/**
 * @param was how the message describes the value: by default the value itself; its type where that is what
 *   matters
 */
export const fault = (field: string, value: unknown, expected: string, was = shown(value)) =>
  new InvalidClusteringInputError(field, value, `${field} must be ${expected}; it was ${was}`);

/** @throws {InvalidClusteringInputError} for a value that is not an object with properties of its own */
export function requireObject(
  value: unknown,
  field: string,
  expected = "an object",
): asserts value is object {
  const type = typeOf(value);
  if (type !== "Object") throw fault(field, value, expected, type);
}

/** Whether a value is a whole number of at least `least`. */
export const isCount = (value: unknown, least: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least;

/**
 * The name of a value's type ("null", "number", "Array", "Float64Array", "Object" …), whatever name an object
 * gives itself.
 */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
    const isGiven =
      Object.hasOwn(value, Symbol.toStringTag) || (/.Array$/.test(name) && !ArrayBuffer.isView(value));
    return isGiven ? "Object" : name;
  } catch {
    return "object"; // a proxy or getter of the object threw
  }
}

const MOST_CHARACTERS = 80;

/** A value as a message shows it: on one line and short; its type if code of the value's own throws. */
function shown(value: unknown): string {
  let text: string;
  try {
    text = inspect(value, {
      depth: 0,
      customInspect: false,
      maxArrayLength: 3,
      maxStringLength: MOST_CHARACTERS,
      breakLength: Infinity,
    });
  } catch {
    return typeOf(value);
  }
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}…` : text;
}
