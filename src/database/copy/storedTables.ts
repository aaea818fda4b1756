/** What a column holds, in PostgreSQL's words. "text" is also each enum. */
export type StoredType = "uuid" | "text" | "int4" | "int8" | "float8" | "bool" | "timestamptz" | "bytea";

export interface StoredTable {
  name: string;
  columns: [name: string, type: StoredType][];
  /** Where the rows must come in an order: each after those that it names. */
  orderBy?: string;
  /** What is left behind. A condition on the row `t`. */
  where?: string;
  /** What is not copied as it is: column → expression of the row `t`. */
  expressions?: Record<string, string>;
}

/** Only what a finished clustering has published: what others have staged belongs to whoever computes them. */
const isPublished = `t."clusteringResultId" IN (SELECT "id" FROM "ClusteringResult" WHERE "status" = 'SUCCEEDED')`;

/** What a worker has under way is its own: elsewhere it begins again, as after being handed back. */
const whereRunning = (otherwise: string, column: string) =>
  `CASE WHEN t."status" = 'RUNNING' THEN ${otherwise} ELSE t."${column}" END`;

/** All tables, each after those that its rows name. */
export const storedTables: StoredTable[] = [
  {
    name: "Run",
    columns: [
      ["id", "uuid"],
      ["network", "text"],
      ["initialPrompt", "text"],
      ["seed", "int8"],
      ["maxLength", "int4"],
      ["createdAt", "timestamptz"],
    ],
  },
  {
    name: "EmbeddingModel",
    columns: [
      ["id", "uuid"],
      ["name", "text"],
      ["dimensions", "int4"],
      ["embeddingCount", "int4"],
    ],
  },
  {
    name: "Invocation",
    columns: [
      ["id", "uuid"],
      ["runId", "uuid"],
      ["sequenceNumber", "int4"],
      ["model", "text"],
      ["type", "text"],
      ["seed", "int8"],
      ["inputInvocationId", "uuid"],
      ["outputText", "text"],
      ["outputImageMediaType", "text"],
      ["startedAt", "timestamptz"],
      ["completedAt", "timestamptz"],
    ],
    orderBy: `t."runId", t."sequenceNumber"`,
  },
  {
    name: "OutputImage",
    columns: [
      ["invocationId", "uuid"],
      ["bytes", "bytea"],
    ],
  },
  {
    name: "Embedding",
    columns: [
      ["id", "uuid"],
      ["invocationId", "uuid"],
      ["embeddingModelId", "uuid"],
      ["vector", "bytea"],
    ],
  },
  {
    name: "ClusteringResult",
    columns: [
      ["id", "uuid"],
      ["embeddingModelId", "uuid"],
      ["algorithm", "text"],
      ["minClusterSize", "int4"],
      ["minSamples", "int4"],
      ["clusterSelectionMethod", "text"],
      ["clusterSelectionEpsilon", "float8"],
      ["maxClusterSize", "int4"],
      ["alpha", "float8"],
      ["allowSingleCluster", "bool"],
      ["metric", "text"],
      ["normalize", "bool"],
      ["filter", "text"],
      ["status", "text"],
      ["stage", "text"],
      ["progress", "float8"],
      ["attempt", "int4"],
      ["handedBack", "int4"],
      ["leaseOwner", "text"],
      ["leaseExpiresAt", "timestamptz"],
      ["createdAt", "timestamptz"],
      ["startedAt", "timestamptz"],
      ["finishedAt", "timestamptz"],
      ["finishingNumber", "int4"],
      ["failureCode", "text"],
      ["failureMessage", "text"],
      ["engineVersion", "text"],
      ["inputDigest", "text"],
      ["embeddingCount", "int4"],
      ["clusterCount", "int4"],
      ["outlierCount", "int4"],
      ["requestedBy", "text"],
      ["idempotencyKey", "text"],
      ["requestDigest", "text"],
    ],
    expressions: {
      status: whereRunning("'QUEUED'", "status"),
      stage: whereRunning("NULL", "stage"),
      progress: whereRunning("0.0", "progress"),
      handedBack: whereRunning(`t."handedBack" + 1`, "handedBack"),
      leaseOwner: whereRunning("NULL", "leaseOwner"),
      leaseExpiresAt: whereRunning("NULL", "leaseExpiresAt"),
      startedAt: whereRunning("NULL", "startedAt"),
    },
  },
  {
    name: "Cluster",
    columns: [
      ["id", "uuid"],
      ["clusteringResultId", "uuid"],
      ["label", "int4"],
      ["size", "int4"],
      ["persistence", "float8"],
      ["medoidEmbeddingId", "uuid"],
      ["medoidPoint", "int4"],
    ],
    where: isPublished,
  },
  {
    name: "ClusterAssignment",
    columns: [
      ["clusteringResultId", "uuid"],
      ["embeddingId", "uuid"],
      ["clusterId", "uuid"],
      ["probability", "float8"],
      ["outlierScore", "float8"],
      ["point", "int4"],
    ],
    where: isPublished,
  },
  {
    name: "ApiKey",
    columns: [
      ["id", "uuid"],
      ["name", "text"],
      ["hash", "text"],
      ["scopes", "text"],
      ["createdAt", "timestamptz"],
      ["revokedAt", "timestamptz"],
    ],
  },
];

/** What of a table is read: what a copy takes, or all that is there. */
export type TableView = "taken" | "stored";

/** The SELECT of a table's columns, in their order, on either database. */
export function selectRows(table: StoredTable, view: TableView): string {
  const columns = table.columns.map(([name, type]) => {
    const expression = (view === "taken" && table.expressions?.[name]) || `t."${name}"`;
    // SQLite has no negative zero: it is zero everywhere.
    return type === "float8" ? `${expression} + 0.0` : expression;
  });
  const where = view === "taken" && table.where ? `WHERE ${table.where}` : "";
  const orderBy = table.orderBy ? `ORDER BY ${table.orderBy}` : "";
  return `SELECT ${columns.join(", ")} FROM "${table.name}" t ${where} ${orderBy}`;
}

/** How many rows that SELECT has. */
export function countRows(table: StoredTable, view: TableView): string {
  const where = view === "taken" && table.where ? `WHERE ${table.where}` : "";
  return `SELECT count(*) AS "count" FROM "${table.name}" t ${where}`;
}
