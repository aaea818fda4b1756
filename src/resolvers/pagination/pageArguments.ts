import { parseUuid } from "../globalId.js";
import { invalidArgument } from "../requestError.js";

export const defaultPageSize = 20;
export const largestPageSize = 500;
/** Milliseconds from 1970, some 1,960 years to either side: what every database can compare with. */
const furthestTime = 62e12;

/** The arguments of a connection, as the Relay specification names them. */
export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

/** Where a row stands in an order: the values of the order's columns. */
export type Position = (string | number)[];

/** What a value in a position is: an integer is one of 32 bits, a time travels as its milliseconds since 1970. */
export type PositionKind = "id" | "integer" | "number" | "time";

/** Checked arguments. */
export interface Page {
  /** How many rows to take from the start, or, `fromEnd`, from the end of the range. */
  size: number;
  fromEnd: boolean;
  /** Of those, only the last so many: where both `first` and `last` were given. */
  keepLast: number | null;
  after: Position | null;
  before: Position | null;
}

/**
 * Checks a connection's arguments. Where both `first` and `last` are given, `last` cuts what `first` left, as
 * the specification's algorithm has it.
 * @param order names the order, and `kinds` says what a position in it holds: a cursor of another is refused
 * @throws RequestError
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

/** The cursor of a row: opaque to clients, and right for as long as the row's position means anything. */
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
  if (!valid) throw invalidArgument([name], "is no cursor of this connection in this order.", cursor);
  return (parts as Position).slice(1);
}

function isOfKind(kind: PositionKind, value: unknown): boolean {
  if (kind === "id") return typeof value === "string" && parseUuid(value) === value;
  if (kind === "integer") return Number.isInteger(value) && (value as number) === ((value as number) | 0);
  if (kind === "number") return Number.isFinite(value);
  return typeof value === "number" && Math.abs(value) <= furthestTime;
}
