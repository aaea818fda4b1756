/** Whose layout the rows of a file of traces have. */
export type TraceFormat = "openinference" | "langfuse";

/** A file of traces of an LLM application, one span or observation per row. */
export interface TraceOptions {
  /** Path of the file. */
  path: string;
  /** Its name in messages, because standard input is read from a temporary copy. */
  shownPath: string;
  format: TraceFormat;
  /** A column with the vector of each row's output, which the traces themselves do not have. */
  vector?: string;
  /** Name of the model that made the vectors of that column. */
  embeddingModel?: string;
}
