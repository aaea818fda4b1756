import type { Awaitable } from "../awaitable.js";

/** The operations that deleting objects with their rows needs of a database, all in one transaction. */
export interface DeletionStore {
  /** The condition that a column has the id of one of the objects. The statements below have no other parameter. */
  isGiven(column: string): string;
  /**
   * Selects the rows of the objects and, if the database supports that, locks them, so that nobody else adds
   * rows to the objects.
   * @param condition on a row, in addition to its id
   */
  lockRows<Row>(table: string, columns: string, condition?: string): Awaitable<Row[]>;
  /** Like `lockRows`, but passes over rows that another transaction has locked, instead of waiting for it. */
  lockUnused<Row>(table: string, columns: string, condition: string): Awaitable<Row[]>;
  rows<Row>(sql: string): Awaitable<Row[]>;
  /**
   * Runs `change` on the rows of a table that satisfy `condition`, repeatedly until no row does.
   * @returns number of changed rows
   */
  changeRows(change: string, table: string, condition: string): Awaitable<number>;
}

/** The additional operations that deleting runs needs. */
export interface RunDeletionStore extends DeletionStore {
  /** Deletes the embeddings of the runs. @returns their number by the id of their model */
  deleteEmbeddings(ofRuns: string): Awaitable<Map<string, number>>;
  /**
   * Must be called last, except for deleting empty models, because other writers may wait for the models' rows.
   * @param counts by id of the model
   */
  addToModels(counts: Map<string, number>): Awaitable<void>;
}
