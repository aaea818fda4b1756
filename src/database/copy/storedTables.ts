import type PrismaTypes from "../generated/pothos.js";
import { getDatamodel } from "../generated/pothos.js";

type Model = ReturnType<typeof getDatamodel>["datamodel"]["models"][string];

/** The PostgreSQL type of a column's values. An enum's values are "text". */
export type StoredType = "uuid" | "text" | "int4" | "int8" | "float8" | "bool" | "timestamptz" | "bytea";

export interface StoredTable {
  name: string;
  columns: [name: string, type: StoredType][];
  /** For a table whose rows refer to each other: copies each row after the one that it refers to. */
  orderBy?: string;
  /** A condition on the row `t`: rows that do not meet it are not copied. */
  where?: string;
  /** Columns whose value the copy replaces: column → expression of the row `t`. */
  expressions?: Record<string, string>;
}

/** A result's rows are copied once it is published: before, they belong to the worker that computes them. */
const isPublished = `t."clusteringResultId" IN (SELECT "id" FROM "ClusteringResult" WHERE "status" = 'SUCCEEDED')`;

/** A clustering that runs in the source starts anew in the copy, as if its worker had handed it back. */
const whereRunning = (otherwise: string, column: string) =>
  `CASE WHEN t."status" = 'RUNNING' THEN ${otherwise} ELSE t."${column}" END`;

/** How the copy of a table differs from the table. */
const differences: { [Name in keyof PrismaTypes]?: Pick<StoredTable, "orderBy" | "where" | "expressions"> } =
  {
    Invocation: { orderBy: `t."runId", t."sequenceNumber"` },
    ClusteringResult: {
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
    Cluster: { where: isPublished },
    ClusterAssignment: { where: isPublished },
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
  // Ids and the keys that refer to them, as in scripts/postgresSchema.js.
  const uuids = new Set(
    fields.flatMap(({ isId, name, relationFromFields = [] }) => [
      ...(isId ? [name] : []),
      ...relationFromFields,
    ]),
  );
  return fields
    .filter(({ kind }) => kind !== "object")
    .map(({ name, kind, type }) => {
      if (uuids.has(name)) return [name, "uuid"];
      return [name, kind === "enum" ? "text" : scalarTypes[type]];
    });
}

/** All tables, in the order of the Prisma schema, where each follows those that its rows refer to. */
export const storedTables: StoredTable[] = Object.entries(getDatamodel().datamodel.models).map(
  ([name, model]) => ({ name, columns: columnsOf(model), ...differences[name as keyof PrismaTypes] }),
);

/** Which rows and values of a table are read: those that a copy takes, or those that are stored. */
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

/** The statement that counts the rows of `selectRows`. */
export function countRows(table: StoredTable, view: TableView): string {
  const where = view === "taken" && table.where ? `WHERE ${table.where}` : "";
  return `SELECT count(*) AS "count" FROM "${table.name}" t ${where}`;
}
