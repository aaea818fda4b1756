/** The tables of a clustering result that can be exported, as the API names them. */
export const exportTables = ["ASSIGNMENTS", "CLUSTERS"] as const;
export type ExportTable = (typeof exportTables)[number];

/** The formats in which they can be exported. */
export const exportFormats = ["PARQUET", "CSV", "JSONL"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** One table of a clustering result in one format. */
export interface ExportedFile {
  /** Bare UUID. */
  clusteringResultId: string;
  table: ExportTable;
  format: ExportFormat;
  /** Whether the rows have vectors: those of the embeddings, or of the clusters' medoids. */
  vectors: boolean;
}
