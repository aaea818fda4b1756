import DataLoader from "dataloader";
import type { App } from "../../app.js";
import { unstorable } from "../../database/recording/unstorable.js";
import { outlierJoinLoader } from "../analysis/outlierJoins.js";
import { ConnectionLoader } from "../pagination/connectionLoader.js";
import { invalidArgument } from "../requestError.js";
import {
  type AnnotationRow,
  type AssignmentRow,
  annotationColumns,
  assignmentColumns,
  type ClusteringResultRow,
  type ClusterRow,
  clusterColumns,
  clusteringResultColumns,
  columnList,
  type EmbeddingMapRow,
  type EmbeddingModelRow,
  type EmbeddingRow,
  embeddingColumns,
  embeddingMapColumns,
  embeddingModelColumns,
  type InvocationRow,
  invocationColumns,
  type RunRow,
  runColumns,
} from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { type CompositionRequest, compositionLoader } from "./compositionLoader.js";
import { distinctTextCountLoader } from "./distinctTextCountLoader.js";
import { imageLengthLoader } from "./imageLengthLoader.js";
import { imageSizeLoader } from "./imageSizeLoader.js";
import { mapOfDigestLoader, positionLoader } from "./mapLoaders.js";
import { neighboursLoader } from "./neighboursLoader.js";
import { NodeLoader, ofPublishedResult } from "./nodeLoader.js";
import type { RowsRead } from "./rowsRead.js";
import { topTextsLoader } from "./topTextsLoader.js";

interface MetadataRow {
  id: string;
  metadata: string | null;
}
const metadataColumns = { id: true, metadata: true } as const;

export type Loaders = ReturnType<typeof createLoaders>;

/**
 * The loaders of one operation. Each combines the requests of one level of the query into one statement, for
 * any number of parents, and caches rows until the operation ends.
 * @param signal once it aborts, no further statement begins
 * @param rowsRead counts the rows of each statement
 */
export function createLoaders(
  { database, analyses }: Pick<App, "database" | "analyses">,
  { signal, rowsRead }: { signal?: AbortSignal; rowsRead?: RowsRead } = {},
) {
  const { prisma, read, longReads, dialect } = database;
  const reader: SqlReader = { read, longReads, dialect, signal, rowsRead };
  const embedding = new NodeLoader<EmbeddingRow>(reader, `"Embedding"`, embeddingColumns);
  const cluster = new NodeLoader<ClusterRow>(reader, `"Cluster"`, clusterColumns, ofPublishedResult);
  const embeddingModel = new NodeLoader<EmbeddingModelRow>(reader, `"EmbeddingModel"`, embeddingModelColumns);
  const clusteringResult = new NodeLoader<ClusteringResultRow>(
    reader,
    `"ClusteringResult"`,
    clusteringResultColumns,
  );
  return {
    reader,
    run: new NodeLoader<RunRow>(reader, `"Run"`, runColumns),
    invocation: new NodeLoader<InvocationRow>(reader, `"Invocation"`, invocationColumns),
    embeddingModel,
    embedding,
    clusteringResult,
    embeddingMap: new NodeLoader<EmbeddingMapRow>(reader, `"EmbeddingMap"`, embeddingMapColumns),
    cluster,
    /** Names and notes by the id of the result, or of the cluster; null where there is neither. */
    clusteringResultAnnotation: new NodeLoader<AnnotationRow>(
      reader,
      `"ClusteringResultAnnotation"`,
      annotationColumns,
    ),
    clusterAnnotation: new NodeLoader<AnnotationRow>(reader, `"ClusterAnnotation"`, annotationColumns),
    /** Clusters by their results and labels. */
    clusterLabelled: labelledClusterLoader(reader, cluster),
    /** Vectors by the embedding's id: raw little-endian float32. */
    vector: new NodeLoader<{ id: string; vector: Uint8Array }>(reader, `"Embedding"`, {
      id: true,
      vector: true,
    }),
    /** Metadata by the id of the run, or of the invocation: JSON of an object. */
    runMetadata: new NodeLoader<MetadataRow>(reader, `"Run"`, metadataColumns),
    invocationMetadata: new NodeLoader<MetadataRow>(reader, `"Invocation"`, metadataColumns),
    /** Length of the output image in bytes, by the invocation's id. */
    imageLength: imageLengthLoader(reader),
    imageSize: imageSizeLoader(reader),
    embeddingsOfInvocation: embeddingsOfInvocationLoader(reader, embedding),
    /** By the result's id: a loader of embeddings' assignments in that result, by the embedding's id. */
    assignmentIn: perArgument((clusteringResultId: string) => assignmentLoader(reader, clusteringResultId)),
    /** By the result's id: a loader of embeddings' nearest others in that result. */
    neighboursIn: perArgument((clusteringResultId: string) =>
      neighboursLoader(analyses, reader, { clusteringResult, embeddingModel }, clusteringResultId),
    ),
    /** By the result's id: a loader of where outliers meet clusters in that result, by the embedding's id. */
    outlierJoinIn: perArgument((clusteringResultId: string) =>
      outlierJoinLoader({ analyses }, reader, clusteringResult, clusteringResultId),
    ),
    /** By the map's id: a loader of embeddings' positions on that map, by the embedding's id. */
    positionOn: perArgument((embeddingMapId: string) => positionLoader(reader, embeddingMapId)),
    /** The newest map that has succeeded with the embeddings that have this digest. */
    mapOfDigest: mapOfDigestLoader(reader),
    embeddingModelNamed: new DataLoader<string, EmbeddingModelRow | null>(async (names) => {
      const problems = new Map(names.map((name) => [name, unstorable(name)]));
      const rows = await prisma.embeddingModel.findMany({
        where: { name: { in: names.filter((name) => problems.get(name) === null) } },
        select: embeddingModelColumns,
      });
      rowsRead?.add(rows.length);
      const found = new Map(rows.map((row) => [row.name, row]));
      return names.map((name) => {
        const problem = problems.get(name);
        return problem ? invalidArgument(["embeddingModel"], problem, name) : (found.get(name) ?? null);
      });
    }),
    /** By the limit: a loader of the most frequent texts, by the cluster's id. */
    topTexts: perArgument((limit: number) => topTextsLoader(reader, limit)),
    distinctTextCount: distinctTextCountLoader(reader),
    /** By what is counted: a loader of what clusters, or the outliers of results, consist of. */
    composition: perArgument(
      (request: CompositionRequest) => compositionLoader(reader, request),
      ({ by, key, limit }) => JSON.stringify([by, key, limit]),
    ),
    connection: new ConnectionLoader(reader),
  };
}

/** A cluster, by the bare UUID of its result and its label there. */
interface LabelledCluster {
  clusteringResultId: string;
  label: number;
}

const keyOf = ({ clusteringResultId, label }: LabelledCluster) => `${clusteringResultId} ${label}`;

/** The clusters with the labels; null where a result has no such cluster. */
function labelledClusterLoader(reader: SqlReader, cluster: NodeLoader<ClusterRow>) {
  const load = async (requested: readonly LabelledCluster[]) => {
    const { parameter, query } = statement(reader);
    const { dialect } = reader;
    const conditions = labelsOfResults(requested).map(({ resultIds, labels }) => {
      const results = parameter(dialect.listValue(resultIds));
      return `(${dialect.isOneOf(`"row"."clusteringResultId"`, results, "id")}
        AND ${dialect.isOneOf(`"row"."label"`, parameter(dialect.listValue(labels)), "integer")})`;
    });
    const rows = (await query(`
      SELECT ${columnList(clusterColumns, "row")} FROM "Cluster" AS "row"
      WHERE (${conditions.join(" OR ")}) AND ${ofPublishedResult}`)) as ClusterRow[];
    cluster.primeAll(rows);
    const found = new Map(rows.map((row) => [keyOf(row), row]));
    return requested.map((key) => found.get(keyOf(key)) ?? null);
  };
  return new DataLoader<LabelledCluster, ClusterRow | null, string>(load, { cacheKeyFn: keyOf });
}

/** The labels that are requested of each result. Results of which the same are requested are together. */
function labelsOfResults(requested: readonly LabelledCluster[]) {
  const labelsOf = new Map<string, number[]>();
  for (const { clusteringResultId, label } of requested) {
    const labels = labelsOf.get(clusteringResultId);
    if (labels) labels.push(label);
    else labelsOf.set(clusteringResultId, [label]);
  }
  const together = new Map<string, { resultIds: string[]; labels: number[] }>();
  for (const [resultId, labels] of labelsOf) {
    const key = labels.sort((p, q) => p - q).join(" ");
    const known = together.get(key);
    if (known) known.resultIds.push(resultId);
    else together.set(key, { resultIds: [resultId], labels });
  }
  return [...together.values()];
}

/** All embeddings of an invocation, ordered by the names of their models. */
function embeddingsOfInvocationLoader(reader: SqlReader, embedding: NodeLoader<EmbeddingRow>) {
  return new DataLoader<string, EmbeddingRow[]>(async (ids) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(ids));
    const rows = (await query(`
      SELECT ${columnList(embeddingColumns, "row")}
      FROM "Embedding" AS "row" JOIN "EmbeddingModel" AS "model" ON "model"."id" = "row"."embeddingModelId"
      WHERE ${reader.dialect.isOneOf(`"row"."invocationId"`, list, "id")}
      ORDER BY "model"."name"`)) as EmbeddingRow[];
    const found = new Map<string, EmbeddingRow[]>(ids.map((id) => [id, []]));
    for (const row of rows) found.get(row.invocationId)!.push(row);
    embedding.primeAll(rows);
    return ids.map((id) => found.get(id)!);
  });
}

/** The assignments of embeddings in one result. */
function assignmentLoader(reader: SqlReader, clusteringResultId: string) {
  return new DataLoader<string, AssignmentRow | null>(async (ids) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(ids));
    const rows = (await query(`
      SELECT ${columnList(assignmentColumns, "row")} FROM "ClusterAssignment" AS "row"
      WHERE "row"."clusteringResultId" = ${parameter(clusteringResultId)}
        AND ${reader.dialect.isOneOf(`"row"."embeddingId"`, list, "id")}
        AND ${ofPublishedResult}`)) as AssignmentRow[];
    const found = new Map(rows.map((row) => [row.embeddingId, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/**
 * One loader for each value of a field's argument: parents with the same value share one statement.
 * @param keyOf equal for equal values. Default: the value itself
 */
function perArgument<Argument, Loader>(
  create: (argument: Argument) => Loader,
  keyOf: (argument: Argument) => unknown = (argument) => argument,
): (argument: Argument) => Loader {
  const loaders = new Map<unknown, Loader>();
  return (argument) => {
    const key = keyOf(argument);
    let loader = loaders.get(key);
    if (!loader) {
      loader = create(argument);
      loaders.set(key, loader);
    }
    return loader;
  };
}
