import type { Connection } from "../../database/sqlite/connection.js";
import type { SkippedKind } from "../importReport.js";
import { RunFileError } from "../runSource.js";

/** The tables that the importer reads, by what a row is. */
export type PanicTdaTable = "run" | "invocation" | "embedding";

/** How the versions of panic-tda name and write what the importer reads. */
export interface PanicTdaLayout {
  /** For messages. */
  version: string;
  tables: Record<PanicTdaTable, string>;
  /** The column of an invocation's output image. */
  imageColumn: string;
  /** Whether an id may be written as the 16 bytes of a UUID instead of as text. */
  hasByteIds: boolean;
  /** Why an id of another type is not usable. */
  otherIdType: string;
  /** Whether the experiment and the number of a run become its metadata. */
  hasRunMetadata: boolean;
  /** Tables whose rows are only counted. */
  leftBehind: { table: string; what: SkippedKind["what"] }[];
}

/** The columns without which a table cannot be read. */
export const requiredColumns: Record<PanicTdaTable, string[]> = {
  run: ["id", "network", "initial_prompt"],
  invocation: ["id", "run_id", "sequence_number", "model", "type"],
  embedding: ["id", "invocation_id", "embedding_model", "vector"],
};
const kinds = Object.keys(requiredColumns) as PanicTdaTable[];

const ofPython: PanicTdaLayout = {
  version: "2025 (Python)",
  tables: { run: "run", invocation: "invocation", embedding: "embedding" },
  imageColumn: "output_image_data",
  hasByteIds: false,
  otherIdType: "its id is not text: it is missing or of another type",
  hasRunMetadata: false,
  leftBehind: [],
};

export const ofElixir: PanicTdaLayout = {
  version: "2026 (Elixir)",
  tables: { run: "runs", invocation: "invocations", embedding: "embeddings" },
  imageColumn: "output_image",
  hasByteIds: true,
  otherIdType: "its id is neither text nor bytes: it is missing or of another type",
  hasRunMetadata: true,
  leftBehind: [
    { table: "clustering_results", what: "clustering" },
    { table: "embedding_clusters", what: "assignment" },
  ],
};

const layouts = [ofElixir, ofPython];

/** A layout, with the columns that its tables have in one file. */
export interface FoundLayout {
  layout: PanicTdaLayout;
  hasColumn: (table: PanicTdaTable, column: string) => boolean;
}

/**
 * Recognises the layout of a file by its tables and their columns.
 *
 * @param path of the file, for messages
 * @throws RunFileError if the file has none of the layouts
 */
export function recogniseLayout(connection: Connection, path: string): FoundLayout {
  const found = layouts.map((layout) => withColumns(connection, layout));
  const complete = found.filter(({ missing }) => missing === null);
  if (complete.length === 0 && isOfMedoid(connection)) {
    throw new RunFileError(
      `${path} is a database of Medoid: it is not imported, but used as --database-url.`,
    );
  }
  const used = complete.length > 1 ? complete.filter(({ layout }) => hasRows(connection, layout)) : complete;
  if (used.length > 1) {
    throw new RunFileError(
      `${path} cannot be imported: it has the tables of two layouts of panic-tda, both with runs: ` +
        `${used.map(({ layout }) => tablesOf(layout)).join(" and ")}. Divide it into two databases.`,
    );
  }
  const [nearest] = used[0] ? used : [...found].sort((a, b) => b.tableCount - a.tableCount);
  const { layout, columns, missing } = nearest;
  for (const table of kinds) requireRowids(connection, path, layout.tables[table], columns[table]);
  if (missing) {
    throw new RunFileError(
      `${path} is a SQLite database, but not one of panic-tda: it has ${missing}. ` +
        `Databases of panic-tda have the tables ${layouts.map(tablesOf).join(" or ")}.`,
    );
  }
  return { layout, hasColumn: (table, column) => columns[table].has(column) };
}

function isOfMedoid(connection: Connection): boolean {
  const tables = `SELECT name FROM sqlite_schema WHERE name IN ('Run', 'EmbeddingModel', 'ClusteringResult')`;
  return connection.prepare(tables).all().length === 3;
}

/** The columns of a layout's tables, the number of these that exist, and the first that it lacks. */
function withColumns(connection: Connection, layout: PanicTdaLayout) {
  const names = connection.prepare("SELECT name FROM pragma_table_info(?)").pluck();
  const of = (table: PanicTdaTable) => new Set(names.all([layout.tables[table]]) as string[]);
  const columns = { run: of("run"), invocation: of("invocation"), embedding: of("embedding") };
  const lacking = kinds.find((table) => requiredColumns[table].some((column) => !columns[table].has(column)));
  const lack = (table: PanicTdaTable) => {
    if (columns[table].size === 0) return `no table "${layout.tables[table]}"`;
    const column = requiredColumns[table].find((required) => !columns[table].has(required));
    return `no column "${layout.tables[table]}.${column}"`;
  };
  return {
    layout,
    columns,
    tableCount: kinds.filter((table) => columns[table].size > 0).length,
    missing: lacking ? lack(lacking) : null,
  };
}

function hasRows(connection: Connection, { tables }: PanicTdaLayout): boolean {
  return connection.prepare(`SELECT 1 FROM ${tables.run} LIMIT 1`).get([]) !== undefined;
}

function tablesOf({ tables, version }: PanicTdaLayout): string {
  return `"${tables.run}", "${tables.invocation}" and "${tables.embedding}" of ${version}`;
}

/** @throws RunFileError if the rows of a table that exists cannot be found by their rowids */
function requireRowids(connection: Connection, path: string, table: string, columns: Set<string>): void {
  const found = connection
    .prepare("SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE")
    .get([table]) as { type: string; wr: number } | undefined;
  if (!found) return;
  if (found.type !== "table" || found.wr) {
    const kind = found.type === "table" ? "a table WITHOUT ROWID" : `a ${found.type}`;
    throw new RunFileError(
      `${path} cannot be imported: its "${table}" is ${kind}, whose rows have no rowid. Copy it to an ordinary table.`,
    );
  }
  if ([...columns].some((column) => column.toLowerCase() === "rowid")) {
    throw new RunFileError(
      `${path} cannot be imported: its "${table}" has a column "rowid", which hides the rowid of its rows. Rename the column.`,
    );
  }
}
