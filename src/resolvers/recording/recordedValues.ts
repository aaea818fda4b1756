import { networkSeparator } from "../loaders/compositionLoader.js";
import { invalidArgument } from "../requestError.js";
import { requireLimit } from "../requireLimit.js";
import { type SqlReader, statement } from "../statement.js";
import { requireStorable } from "../storableText.js";

/** A value that was recorded, and the number of runs or invocations that have it. */
interface RecordedText {
  text: string;
  count: number;
}

interface ValuesQuery {
  table: "Run" | "Invocation";
  column: string;
  /** What equally frequent values are ordered by, in SQL of the `text`. */
  orderBy: string[];
  limit: number;
  /** Only values that contain this text, in upper or lower case. */
  contains?: string | null;
}

export const defaultValueLimit = 100;
export const largestValueLimit = 500;
/** Maximum length of a text to be contained, in characters. */
export const longestContained = 1000;
/** How many rows the database counts in about the time in which one row of a response is read. */
const countedPerRow = 200;

/** The networks of the recorded runs, those of most runs first, equally frequent ones as their models joined. */
export async function recordedNetworks(reader: SqlReader, limit: number) {
  const joined = reader.dialect.joinedJson(`"text"`, networkSeparator);
  const orderBy = [reader.dialect.byCodePoint(joined), `"text"`];
  const found = await recordedValues(reader, { table: "Run", column: `"network"`, orderBy, limit });
  return found.map(({ text, count }) => ({ network: JSON.parse(text) as string[], runCount: count }));
}

/** The initial prompts of the recorded runs, those of most runs first, equally frequent ones by code points. */
export async function recordedPrompts(reader: SqlReader, limit: number, contains?: string | null) {
  const query: ValuesQuery = {
    table: "Run",
    column: `"initialPrompt"`,
    orderBy: [`"text"`],
    limit,
    contains,
  };
  return recordedValues(reader, query);
}

/** The models of the recorded invocations, those of most invocations first, equally frequent ones by code points. */
export async function recordedModels(reader: SqlReader, limit: number) {
  const query: ValuesQuery = { table: "Invocation", column: `"model"`, orderBy: [`"text"`], limit };
  return recordedValues(reader, query);
}

/** @throws RequestError (INVALID_INPUT) if the limit or the text is out of range */
async function recordedValues(
  reader: SqlReader,
  { table, column, orderBy, limit, contains }: ValuesQuery,
): Promise<RecordedText[]> {
  requireLimit(limit, largestValueLimit);
  requireStorable(contains, ["contains"]);
  if (contains && contains.length > longestContained) {
    throw invalidArgument(["contains"], `must have at most ${longestContained} characters.`, contains);
  }
  const { dialect, rowsRead } = reader;
  const { parameter, queryLong } = statement(reader);
  await rowsRead?.beginWork(0); // refused if the limit of the minute is spent; what it costs turns out below
  const condition = contains
    ? `WHERE ${dialect.matches(`"text"`, parameter(dialect.containingPattern(contains)))}`
    : "";
  const order = `ORDER BY "count" DESC, ${orderBy.join(", ")}`;
  const rows = await queryLong(`
    WITH "counted" AS (
      SELECT ${column} AS "text", count(*) AS "count" FROM "${table}" GROUP BY ${column}
    ), "most" AS (
      SELECT "text", "count" FROM "counted" ${condition} ${order} LIMIT ${parameter(limit)}
    ), "all" AS (SELECT coalesce(sum("count"), 0) AS "total" FROM "counted")
    SELECT "total", "text", "count" FROM "all" LEFT JOIN "most" ON 1 = 1 ${order}`);
  await rowsRead?.beginWork(Math.ceil(Number(rows[0].total) / countedPerRow));
  return rows
    .filter(({ text }) => text !== null)
    .map(({ text, count }) => ({ text: text as string, count: Number(count) }));
}
