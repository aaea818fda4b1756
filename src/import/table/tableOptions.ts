/** Which columns of a table mean what. Every name is a column's, except where it says otherwise. */
export interface TableOptions {
  /** Path of the table. */
  path: string;
  /** Its name in messages, because a table from standard input is read from a temporary copy. */
  shownPath: string;
  /**
   * Name of the table, on which the ids that are derived from its rows depend: rows of two tables that have the same
   * ids or runs are not confused.
   */
  dataset: string;
  /** The output texts. */
  text: string;
  vector?: string;
  /** Path of a file of vectors, one for each row, in the order of the rows. */
  vectors?: string;
  /** Numbers in each vector of a file that does not say it itself. */
  dimensions?: number;
  /** The rows' own ids. */
  id?: string;
  /** Name of the embedding model; undefined only if there are no vectors. */
  embeddingModel?: string;
  /** Rows with the same value here are the invocations of one run. */
  run?: string;
  /** Sequence numbers within the runs. */
  step?: string;
  /** The models that generated the texts. */
  model?: string;
  /** The runs' initial prompts. */
  prompt?: string;
}
