import type { SubjectTable } from "../bulkStore.js";

/** Where the results of one kind of job are staged, and stored. */
export interface StagedTables {
  /** The table of the subjects, which clients see. */
  subject: SubjectTable;
  /** The column of the other tables that refers to the subject. */
  reference: string;
  /** The tables of the rows, in the order in which they can be emptied. */
  rows: readonly string[];
}

export const clusteringTables: StagedTables = {
  subject: "ClusteringResult",
  reference: "clusteringResultId",
  rows: ["ClusterAssignment", "Cluster"],
};

export const mapTables: StagedTables = {
  subject: "EmbeddingMap",
  reference: "embeddingMapId",
  rows: ["MapPosition"],
};

const tablesOf: Record<SubjectTable, StagedTables> = {
  ClusteringResult: clusteringTables,
  EmbeddingMap: mapTables,
};

export const stagedTables = (subject: SubjectTable): StagedTables => tablesOf[subject];

/** The tables whose rows refer to embeddings, which cannot be deleted for that reason, and what the rows belong to. */
export const usesOfEmbeddings = [
  { of: clusteringTables, rows: "ClusterAssignment" },
  { of: mapTables, rows: "MapPosition" },
] as const;
