import { inspect } from "node:util";

/** An input or parameter that cannot be clustered, by name; thrown before any clustering work. */
export class InvalidClusteringInputError extends Error {
  override name = "InvalidClusteringInputError";

  /**
   * @param field the option's name as it was given; or "points", "options", "data", "dimensions", or the argument
   *   of `estimate`
   * @param value what was given; for data of another type than Float32Array the name of that type; for a row the
   *   component that is not finite, or 0 for a row of zeros
   * @param row the row of `data` that is at fault, from 0
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

/** @throws {InvalidClusteringInputError} where it does not hold */
export function require(holds: boolean, field: string, value: unknown, expected: string, was?: string): void {
  if (!holds) throw fault(field, value, expected, was);
}

/** @param was what is said of the value: itself, unless its type is what matters */
export const fault = (field: string, value: unknown, expected: string, was = shown(value)) =>
  new InvalidClusteringInputError(field, value, `${field} must be ${expected}; it was ${was}`);

/** Whether a value is a whole number of at least so much. */
export const isCount = (value: unknown, least: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least;

/** The name of a value's type: "null", "number", "Array", "Float64Array", "Object" …; not what an object calls itself. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
    const isGiven =
      Object.hasOwn(value, Symbol.toStringTag) || (/.Array$/.test(name) && !ArrayBuffer.isView(value));
    return isGiven ? "Object" : name;
  } catch {
    return "object"; // whose own code throws
  }
}

const MOST_CHARACTERS = 80;

/** A value as it is shown in a message: on one line, and not long. Runs none of its code. */
function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 0,
    customInspect: false,
    maxArrayLength: 3,
    maxStringLength: MOST_CHARACTERS,
    breakLength: Infinity,
  });
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
