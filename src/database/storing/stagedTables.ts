import type { SubjectTable } from "../bulkStore.js";

/** Where the results of one kind of job are staged, and stored. */
export interface StagedTables {
  /** The table of the subjects, which clients see. */
  subject: SubjectTable;
  /** The column of the other tables that refers to the subject. */
  reference: string;
  /** The tables of the rows, in the order in which they can be emptied. */
  rows: readonly string[];
  /** What is staged with the rows, but may belong to several subjects once it is published; null: nothing. */
  shared: SharedTables | null;
}

/** Where that is stored which an attempt stages under the id of its subject, and which other subjects may use, too. */
export interface SharedTables {
  /** The table that a column of the subjects refers to by its id. */
  table: string;
  column: string;
  /** The table of its content, and the column of that table that refers to it. */
  pieces: string;
  reference: string;
}

export const clusteringTables: StagedTables = {
  subject: "ClusteringResult",
  reference: "clusteringResultId",
  rows: ["ClusterAssignment", "Cluster"],
  shared: {
    table: "SpanningTree",
    column: "spanningTreeId",
    pieces: "SpanningTreePiece",
    reference: "spanningTreeId",
  },
};

export const mapTables: StagedTables = {
  subject: "EmbeddingMap",
  reference: "embeddingMapId",
  rows: ["MapPosition"],
  shared: null,
};

const tablesOf: Record<SubjectTable, StagedTables> = {
  ClusteringResult: clusteringTables,
  EmbeddingMap: mapTables,
};

/**
 * The tables with rows of one subject that has not been published, in the order in which they can be emptied, and the
 * column of each that has the subject's id.
 */
export function tablesOfAttempt({
  reference,
  rows,
  shared,
}: StagedTables): { table: string; reference: string }[] {
  const own = rows.map((table) => ({ table, reference }));
  if (shared === null) return own;
  return [
    ...own,
    { table: shared.pieces, reference: shared.reference },
    { table: shared.table, reference: "id" },
  ];
}

export const stagedTables = (subject: SubjectTable): StagedTables => tablesOf[subject];

/** The tables whose rows refer to embeddings, which cannot be deleted for that reason, and what the rows belong to. */
export const usesOfEmbeddings = [
  { of: clusteringTables, rows: "ClusterAssignment" },
  { of: mapTables, rows: "MapPosition" },
] as const;
