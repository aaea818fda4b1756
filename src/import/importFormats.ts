/** The formats that can be imported, as options name them. */
export const importFormats = ["table", "openinference", "langfuse", "runs", "panic-tda"] as const;

export type ImportFormat = (typeof importFormats)[number];

/** What can be imported, for messages about other files. */
export const filesToImport =
  "Files to import are tables of texts (Parquet, CSV, TSV or JSON lines), traces (spans of OpenInference or observations of Langfuse), runs as JSON lines, and SQLite databases or dump directories of panic-tda.";
