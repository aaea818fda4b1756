import type { Awaitable } from "../awaitable.js";

/** What deleting one object with its rows does on one kind of database, within one transaction. */
export interface DeletionStore {
  /** The placeholder of the object's id, which is the only parameter of the statements below. */
  readonly id: string;
  /**
   * Selects the object's row and, where the database can, locks it, so that nobody else adds rows to it.
   * @param condition on the row, besides its id
   * @returns whether there is one
   */
  lockRow(table: string, condition?: string): Awaitable<boolean>;
  rows<Row>(sql: string): Awaitable<Row[]>;
  /** Runs `change` on the rows of a table that meet `condition`, until none meets it. */
  changeRows(change: string, table: string, condition: string): Awaitable<void>;
}

/** What deleting a run needs in addition. */
export interface RunDeletionStore extends DeletionStore {
  /** Deletes the embeddings of the run. @returns how many they were, by the id of their model */
  deleteEmbeddings(ofRun: string): Awaitable<Map<string, number>>;
  /** @param counts by id of the model. To be called last: others may wait for the models' rows. */
  addToModels(counts: Map<string, number>): Awaitable<void>;
}
