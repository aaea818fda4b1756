import { GraphQLError, GraphQLScalarType, Kind, print } from "graphql";
import { GraphQLDateTimeISO } from "graphql-scalars";
import { isStorableMoment, noMoment, readMoment } from "../database/recording/moment.js";
import { quotedValue } from "../resolvers/errors.js";
import { builder } from "./builder.js";

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

function toBigInt(value: unknown): bigint {
  const whole =
    typeof value === "bigint" ||
    (typeof value === "number" && Number.isSafeInteger(value)) ||
    (typeof value === "string" && /^-?\d{1,19}$/.test(value));
  const number = whole ? BigInt(value as string) : null;
  if (number === null || number < smallest || number > largest) {
    throw new GraphQLError(
      `BigInt must be a whole number from ${smallest} to ${largest}; above ${Number.MAX_SAFE_INTEGER} it must be a string.`,
    );
  }
  return number;
}

builder.addScalarType(
  "BigInt",
  new GraphQLScalarType<bigint, number | string>({
    name: "BigInt",
    specifiedByURL: "https://the-guild.dev/graphql/scalars/docs/scalars/big-int",
    description:
      "A whole number of up to 64 bits: a JSON number if its absolute value is at most 2^53 − 1, otherwise a string.",
    serialize: (value) => {
      const number = toBigInt(value);
      return Number.isSafeInteger(Number(number)) ? Number(number) : String(number);
    },
    parseValue: toBigInt,
    // An integer in a document is exact, whatever its size.
    parseLiteral: (node) =>
      toBigInt(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined),
  }),
);

builder.addScalarType(
  "JSON",
  // graphql's own functions already read and write any JSON value.
  new GraphQLScalarType<unknown, unknown>({
    name: "JSON",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
    description:
      "Any JSON value. Its numbers are float64: write a whole number beyond ±(2^53 − 1) as a text.",
  }),
);

function toMoment(value: unknown): Date {
  const moment = typeof value === "string" ? readMoment(value) : value;
  if (moment instanceof Date && isStorableMoment(moment)) return moment;
  throw new GraphQLError(`DateTime ${noMoment} Given: ${quotedValue(value)}`);
}

const { serialize } = GraphQLDateTimeISO.toConfig();
builder.addScalarType(
  "DateTime",
  new GraphQLScalarType<Date, string>({
    name: "DateTime",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
    description:
      'A point in time in the years 0001 to 9999, to the millisecond, in the format of RFC 3339. It is returned in UTC, as in "2026-01-31T12:00:00.000Z", and accepted with any offset. A leap second is read as the second before it.',
    serialize: serialize as (value: unknown) => string,
    parseValue: toMoment,
    parseLiteral: (node) => toMoment(node.kind === Kind.STRING ? node.value : print(node)),
  }),
);
