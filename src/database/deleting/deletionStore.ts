import type { Awaitable } from "../awaitable.js";

/** The operations that deleting one object with its rows needs of a database, all in one transaction. */
export interface DeletionStore {
  /** The placeholder of the object's id, which is the only parameter of the statements below. */
  readonly id: string;
  /**
   * Selects the object's row and, if the database supports that, locks it, so that nobody else adds rows to
   * it.
   * @param condition on the row, in addition to its id
   * @returns whether such a row exists
   */
  lockRow(table: string, condition?: string): Awaitable<boolean>;
  rows<Row>(sql: string): Awaitable<Row[]>;
  /** Runs `change` on the rows of a table that satisfy `condition`, repeatedly until no row does. */
  changeRows(change: string, table: string, condition: string): Awaitable<void>;
}

/** The additional operations that deleting a run needs. */
export interface RunDeletionStore extends DeletionStore {
  /** Deletes the embeddings of the run. @returns their number by the id of their model */
  deleteEmbeddings(ofRun: string): Awaitable<Map<string, number>>;
  /**
   * Must be called last, because other writers may wait for the models' rows. @param counts by id of the
   * model
   */
  addToModels(counts: Map<string, number>): Awaitable<void>;
}
