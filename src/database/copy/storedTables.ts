import type PrismaTypes from "../generated/pothos.js";
import { getDatamodel } from "../generated/pothos.js";
import { clusteringTables, mapTables, type StagedTables } from "../storing/stagedTables.js";

type Model = ReturnType<typeof getDatamodel>["datamodel"]["models"][string];

/** The PostgreSQL type of a column's values. Enum values have the type "text". */
export type StoredType = "uuid" | "text" | "int4" | "int8" | "float8" | "bool" | "timestamptz" | "bytea";

export interface StoredTable {
  name: string;
  columns: [name: string, type: StoredType][];
  /**
   * The copy's order, for a table whose rows refer to each other: each row comes after the one it refers to.
   */
  orderBy?: string;
  /** A condition on the row `t`. Only rows that satisfy it are copied. */
  where?: string;
  /** Columns whose value the copy replaces, by name: an SQL expression of the row `t`. */
  expressions?: Record<string, string>;
}

/**
 * Rows of a clustering or a map are copied only if it is published: until then the worker that computes it may
 * replace them.
 */
const isPublished = ({ subject, reference }: StagedTables) =>
  `t."${reference}" IN (SELECT "id" FROM "${subject}" WHERE "status" = 'SUCCEEDED')`;

/** Spanning trees that an attempt has staged are in no result until it is published. */
const isTreeOfResult = (column: string) =>
  `t."${column}" IN (SELECT "spanningTreeId" FROM "ClusteringResult")`;

/** A job that is RUNNING in the source starts anew in the copy, as if its worker had handed it back. */
const whereRunning = (otherwise: string, column: string) =>
  `CASE WHEN t."status" = 'RUNNING' THEN ${otherwise} ELSE t."${column}" END`;

/** The ways in which a table's copy differs from the table. */
const differences: { [Name in keyof PrismaTypes]?: Pick<StoredTable, "orderBy" | "where" | "expressions"> } =
  {
    Invocation: { orderBy: `t."runId", t."sequenceNumber"` },
    ClusteringResult: {
      expressions: {
        status: whereRunning("'QUEUED'", "status"),
        stage: whereRunning("NULL", "stage"),
        progress: whereRunning("0.0", "progress"),
        startedAt: whereRunning("NULL", "startedAt"),
      },
    },
    Job: {
      orderBy: `t."createdAt", t."id"`, // a part is created after the job that it belongs to
      expressions: {
        status: whereRunning("'QUEUED'", "status"),
        handedBack: whereRunning(`t."handedBack" + 1`, "handedBack"),
        leaseOwner: whereRunning("NULL", "leaseOwner"),
        leaseExpiresAt: whereRunning("NULL", "leaseExpiresAt"),
      },
    },
    Cluster: { where: isPublished(clusteringTables) },
    EmbeddingMap: {
      expressions: {
        status: whereRunning("'QUEUED'", "status"),
        progress: whereRunning("0.0", "progress"),
      },
    },
    MapPosition: { where: isPublished(mapTables) },
    SpanningTree: { where: isTreeOfResult("id") },
    SpanningTreePiece: { where: isTreeOfResult("spanningTreeId") },
    ClusterAssignment: { where: isPublished(clusteringTables) },
  };

const scalarTypes: Record<string, StoredType> = {
  String: "text",
  Int: "int4",
  BigInt: "int8",
  Float: "float8",
  Boolean: "bool",
  DateTime: "timestamptz",
  Bytes: "bytea",
};

function columnsOf({ fields }: Model): StoredTable["columns"] {
  return fields
    .filter(({ kind }) => kind !== "object")
    .map(({ name, kind, type }) => {
      // The same rule as in scripts/postgresSchema.js.
      if (/^id$|(?<!^external)Id$/.test(name)) return [name, "uuid"];
      return [name, kind === "enum" ? "text" : scalarTypes[type]];
    });
}

/** All tables in the order of the Prisma schema, in which each follows the tables that its rows refer to. */
export const storedTables: StoredTable[] = Object.entries(getDatamodel().datamodel.models).map(
  ([name, model]) => ({ name, columns: columnsOf(model), ...differences[name as keyof PrismaTypes] }),
);

/**
 * The rows and values of a table that are read: "taken" are those that a copy takes, "stored" all that are
 * stored.
 */
export type TableView = "taken" | "stored";

/** The SELECT of a table's columns, in their order. It runs on both databases. */
export function selectRows(table: StoredTable, view: TableView): string {
  const columns = table.columns.map(([name, type]) => {
    const expression = (view === "taken" && table.expressions?.[name]) || `t."${name}"`;
    // SQLite cannot store a negative zero, so that it is read as zero from both databases.
    return type === "float8" ? `${expression} + 0.0` : expression;
  });
  const where = view === "taken" && table.where ? `WHERE ${table.where}` : "";
  const orderBy = table.orderBy ? `ORDER BY ${table.orderBy}` : "";
  return `SELECT ${columns.join(", ")} FROM "${table.name}" t ${where} ${orderBy}`;
}

/** The statement that counts the rows that `selectRows` selects. */
export function countRows(table: StoredTable, view: TableView): string {
  const where = view === "taken" && table.where ? `WHERE ${table.where}` : "";
  return `SELECT count(*) AS "count" FROM "${table.name}" t ${where}`;
}
