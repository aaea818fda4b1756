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
  /** What people say about the subject and about its rows; null: nothing. It is never staged. */
  annotations: AnnotationTables | null;
}

/** Tables whose rows have the ids of what they are about. */
interface AnnotationTables {
  ofSubject: string;
  ofRows: string;
  /** The table of those rows. */
  annotated: string;
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
  annotations: { ofSubject: "ClusteringResultAnnotation", ofRows: "ClusterAnnotation", annotated: "Cluster" },
};

export const mapTables: StagedTables = {
  subject: "EmbeddingMap",
  reference: "embeddingMapId",
  rows: ["MapPosition"],
  shared: null,
  annotations: null,
};

const tablesOf: Record<SubjectTable, StagedTables> = {
  ClusteringResult: clusteringTables,
  EmbeddingMap: mapTables,
};

/**
 * Few enough for a transaction to take only some tenths of a second: another writer, a cancellation or the
 * renewal of a lease may have to wait for it.
 */
export const rowsPerTransaction = 8192;
/** The same for rows of `bytesPerPiece`. */
const piecesPerTransaction = 8;

/** A table that has rows of one subject that has not been published. */
export interface TableOfAttempt {
  table: string;
  /** The column that has the subject's id. */
  reference: string;
  /** The most rows that one transaction removes. */
  most: number;
}

/** The tables in the order in which they can be emptied. */
export function tablesOfAttempt({ reference, rows, shared }: StagedTables): TableOfAttempt[] {
  const own = rows.map((table) => ({ table, reference, most: rowsPerTransaction }));
  if (shared === null) return own;
  return [
    ...own,
    { table: shared.pieces, reference: shared.reference, most: piecesPerTransaction },
    { table: shared.table, reference: "id", most: rowsPerTransaction },
  ];
}

export const stagedTables = (subject: SubjectTable): StagedTables => tablesOf[subject];

/** The tables whose rows refer to embeddings, which cannot be deleted for that reason, and what the rows belong to. */
export const usesOfEmbeddings = [
  { of: clusteringTables, rows: "ClusterAssignment" },
  { of: mapTables, rows: "MapPosition" },
] as const;
