/**
 * A row of a finished clustering. Responses that depend only on such rows stay valid for as long as the rows
 * exist.
 */
export interface FinishedRow {
  type: "ClusteringResult" | "Cluster";
  /** Bare UUID. */
  uuid: string;
}

/** Detects cheaply whether data that was read may have changed. */
export interface DatabaseVersion {
  /**
   * A text that differs from earlier ones if any connection of any process has committed since; null if that
   * cannot be determined now.
   */
  current(): Promise<string | null>;
  /**
   * Whether all of the rows exist and belong to clusterings that succeeded. A row that was deleted never
   * comes back.
   */
  exist(rows: readonly FinishedRow[]): Promise<boolean>;
  close(): Promise<void>;
}
