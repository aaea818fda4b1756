import DataLoader from "dataloader";
import { metadataKeyProblem, metadataValue } from "../../database/embeddings/metadataValue.js";
import type { Join, SqlDialect } from "../../database/sqlDialect.js";
import { invalidArgument } from "../requestError.js";
import { requireLimit } from "../requireLimit.js";
import type { ClusteringResultRow } from "../rows.js";
import { type Parameter, type SqlReader, statement } from "../statement.js";
import { requireStorable } from "../storableText.js";
import { countedByMetadataPerRow, countedWithInvocationsPerRow } from "./assignmentCost.js";

/** What the members of a cluster are counted by. */
export type CompositionBy = "NETWORK" | "INITIAL_PROMPT" | "MODEL" | "RUN" | "SEQUENCE_DECILE" | "METADATA";

/** What is counted: by what, under which key of the metadata, and how many values are returned. */
export interface CompositionRequest {
  by: CompositionBy;
  key: string | null;
  limit: number;
}

/** A cluster by its bare UUID, or, with null, the outliers of the result. */
export interface CompositionKey {
  clusteringResult: Pick<ClusteringResultRow, "id" | "embeddingCount">;
  clusterId: string | null;
}

/** A value, how many of the cluster have it, and how many of all embeddings that took part. */
export interface ValueCount {
  /** The bare UUID of a run, if it is counted by runs. */
  value: string;
  count: number;
  everywhere: number;
}

export const defaultCompositionLimit = 20;
export const largestCompositionLimit = 500;

/** Stands between the models of a network. */
export const networkSeparator = " → ";

/**
 * @throws RequestError (INVALID_INPUT) if the limit is out of range, or the key is missing or not used, or cannot be a
 *   key
 */
export function requireCompositionRequest({ by, key, limit }: CompositionRequest): void {
  requireLimit(limit, largestCompositionLimit);
  if (by !== "METADATA" && key !== null) {
    throw invalidArgument(["key"], `must be absent: only METADATA takes it, and \`by\` is ${by}.`, key);
  }
  if (by !== "METADATA") return;
  if (key === null) throw invalidArgument(["key"], "must be given with METADATA.", key);
  requireStorable(key, ["key"]);
  const problem = metadataKeyProblem(key);
  if (problem) throw invalidArgument(["key"], problem, key);
}

/**
 * What embeddings are counted by: first each has a `part`, an expression of its invocation `i`, then, if a part is not
 * the value itself, the few parts are counted together by their `value`, of the part's run `r` if `ofRun`.
 */
interface Counted {
  part: string;
  joins?: Join[];
  ofRun?: boolean;
  value: string;
}

const part = `"parts"."part"`;
const run: Join = { table: `"Run"`, as: "r", on: `r."id" = i."runId"` };

function countedBy({ by, key }: CompositionRequest, dialect: SqlDialect, parameter: Parameter): Counted {
  switch (by) {
    case "NETWORK":
      return { part: `i."runId"`, ofRun: true, value: dialect.joinedJson(`r."network"`, networkSeparator) };
    case "INITIAL_PROMPT":
      return { part: `i."runId"`, ofRun: true, value: `r."initialPrompt"` };
    case "RUN":
      return { part: `i."runId"`, value: `CAST(${part} AS text)` };
    case "MODEL":
      return { part: `i."model"`, value: part };
    case "SEQUENCE_DECILE": {
      // As bigint, because ten times a sequence number, and the largest one plus 1, may exceed an integer.
      const last = `max(i."sequenceNumber") OVER (PARTITION BY a."clusteringResultId", i."runId")`;
      const decile = `CAST(10 AS bigint) * i."sequenceNumber" / (CAST(${last} AS bigint) + 1)`;
      return { part: decile, value: `CAST(${part} AS text)` };
    }
    case "METADATA": {
      const placeholder = parameter(dialect.jsonFieldValue(key!));
      const value = metadataValue(dialect, { invocation: "i", run: "r" }, placeholder);
      return { part: value, joins: [run], value: dialect.textOfJson(part) };
    }
  }
}

/**
 * What clusters consist of, and the outliers of results: the most frequent values first, equally frequent ones in the
 * order of their code points. All that are requested together are counted by one statement, which goes once through the
 * assignments of each result, because it also counts each value among all embeddings of the result.
 */
export function compositionLoader(
  reader: SqlReader,
  request: CompositionRequest,
): DataLoader<CompositionKey, ValueCount[], string> {
  const keyOf = ({ clusteringResult, clusterId }: CompositionKey) => clusterId ?? clusteringResult.id;
  const load = async (keys: readonly CompositionKey[]) => {
    const { dialect } = reader;
    const { parameter, queryLong } = statement(reader);
    const results = new Map(keys.map(({ clusteringResult }) => [clusteringResult.id, clusteringResult]));
    const embeddings = [...results.values()].reduce(
      (sum, { embeddingCount }) => sum + (embeddingCount ?? 0),
      0,
    );
    const perRow = request.by === "METADATA" ? countedByMetadataPerRow : countedWithInvocationsPerRow;
    await reader.rowsRead?.beginWork(Math.ceil(embeddings / perRow));

    const parents = dialect.parents(parameter(dialect.listValue([...results.keys()])));
    const { part: partOf, joins = [], ofRun, value } = countedBy(request, dialect, parameter);
    const ofResult = keys.filter(({ clusterId }) => clusterId === null).map(keyOf);
    const ofCluster = keys.filter(({ clusterId }) => clusterId !== null).map(keyOf);
    const list = (ids: string[]) => parameter(dialect.listValue(ids));
    const rows = await queryLong(`
      WITH "members" AS (
        SELECT a."clusteringResultId" AS "resultId", a."clusterId" AS "clusterId", ${partOf} AS "part"
        FROM ${parents} ${dialect.joins([
          { table: `"ClusterAssignment"`, as: "a", on: `a."clusteringResultId" = parent."value"` },
          { table: `"Embedding"`, as: "e", on: `e."id" = a."embeddingId"` },
          { table: `"Invocation"`, as: "i", on: `i."id" = e."invocationId"` },
          ...joins,
        ])}
      ), "parts" AS (
        SELECT "resultId", "clusterId", "part", count(*) AS "count" FROM "members"
        WHERE "part" IS NOT NULL GROUP BY "resultId", "clusterId", "part"
      ), "named" AS (
        SELECT "resultId", "clusterId", ${value} AS "value", "count"
        FROM "parts" ${ofRun ? dialect.joins([{ ...run, on: `r."id" = ${part}` }]) : ""}
      ), "counted" AS (
        SELECT "resultId", "clusterId", "value", sum("count") AS "count" FROM "named"
        GROUP BY "resultId", "clusterId", "value"
      ), "ranked" AS (
        SELECT "resultId", "clusterId", "value", "count",
          sum("count") OVER (PARTITION BY "resultId", "value") AS "everywhere",
          row_number() OVER (
            PARTITION BY "resultId", "clusterId" ORDER BY "count" DESC, ${dialect.byCodePoint(`"value"`)}
          ) AS "place"
        FROM "counted"
      )
      SELECT coalesce("clusterId", "resultId") AS "of", "value", "count", "everywhere" FROM "ranked"
      WHERE "place" <= ${parameter(request.limit)} AND (
        ${dialect.isOneOf(`"clusterId"`, list(ofCluster), "id")}
        OR "clusterId" IS NULL AND ${dialect.isOneOf(`"resultId"`, list(ofResult), "id")})
      ORDER BY "of", "place"`);
    const found = new Map<string, ValueCount[]>(keys.map((key) => [keyOf(key), []]));
    for (const { of, value, count, everywhere } of rows) {
      found.get(of as string)!.push({
        value: value as string,
        count: Number(count),
        everywhere: Number(everywhere),
      });
    }
    return keys.map((key) => found.get(keyOf(key))!);
  };
  return new DataLoader(load, { cacheKeyFn: keyOf });
}
