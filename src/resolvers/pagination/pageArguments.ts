import { parseUuid } from "../globalId.js";
import { invalidArgument } from "../requestError.js";

export const defaultPageSize = 20;
export const largestPageSize = 500;
/**
 * Largest time in a cursor: milliseconds before or after 1970, about 1,960 years, which every database can
 * compare with.
 */
const furthestTime = 62e12;

/** The arguments of a connection, named as in the Relay specification. */
export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

/** The position of a row in an order: its values of the order's columns. */
export type Position = (string | number)[];

/**
 * The kind of a value in a position. An "integer" has 32 bits; a "time" is given in milliseconds since 1970.
 */
export type PositionKind = "id" | "integer" | "number" | "time";

/** Validated arguments. */
export interface Page {
  /** Maximum number of rows from the start of the range, or, if `fromEnd` is set, from its end. */
  size: number;
  fromEnd: boolean;
  /** If both `first` and `last` were given: the maximum number of rows to keep from the end of the page. */
  keepLast: number | null;
  after: Position | null;
  before: Position | null;
}

/**
 * Validates a connection's arguments. If both `first` and `last` are given, `last` is applied to the result
 * of `first`, as in the specification's algorithm.
 * @param order name of the order; a cursor of another order is invalid
 * @param kinds kinds of the values that a position in the order has
 * @throws RequestError if an argument is invalid
 */
export function readPage(args: PageArguments, order: string, kinds: PositionKind[]): Page {
  const first = size("first", args.first);
  const last = size("last", args.last);
  const fromEnd = first === null && last !== null;
  return {
    size: first ?? last ?? defaultPageSize,
    fromEnd,
    keepLast: first !== null ? last : null,
    after: cursorPosition("after", args.after, order, kinds),
    before: cursorPosition("before", args.before, order, kinds),
  };
}

function size(name: string, value: number | null | undefined): number | null {
  if (value == null) return null;
  if (value < 0 || value > largestPageSize) {
    throw invalidArgument([name], `must be from 0 to ${largestPageSize}.`, value);
  }
  return value;
}

/**
 * The cursor of a row. It is opaque to clients, and stays valid even if the row is deleted, because it only
 * contains the row's position.
 */
export function cursorOf(order: string, position: Position): string {
  return Buffer.from(JSON.stringify([order, ...position])).toString("base64url");
}

function cursorPosition(
  name: string,
  cursor: string | null | undefined,
  order: string,
  kinds: PositionKind[],
): Position | null {
  if (cursor == null) return null;
  let parts: unknown[];
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    parts = [];
  }
  const valid =
    Array.isArray(parts) &&
    parts[0] === order &&
    parts.length === kinds.length + 1 &&
    kinds.every((kind, i) => isOfKind(kind, parts[i + 1]));
  if (!valid) throw invalidArgument([name], "is not a cursor of this connection in this order.", cursor);
  return (parts as Position).slice(1);
}

function isOfKind(kind: PositionKind, value: unknown): boolean {
  if (kind === "id") return typeof value === "string" && parseUuid(value) === value;
  if (kind === "integer") return Number.isInteger(value) && (value as number) === ((value as number) | 0);
  if (kind === "number") return Number.isFinite(value);
  return typeof value === "number" && Math.abs(value) <= furthestTime;
}
