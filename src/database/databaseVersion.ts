/** What a finished clustering's answers stand on: they last for as long as it exists. */
export interface FinishedRow {
  type: "ClusteringResult" | "Cluster";
  /** Bare UUID. */
  uuid: string;
}

/** Tells cheaply whether something that was read may have changed. */
export interface DatabaseVersion {
  /**
   * Another text than before where anything was committed since, by whichever connection of whichever process;
   * null where that cannot be told now.
   */
  current(): Promise<string | null>;
  /** Whether all of them exist, and belong to clusterings that succeeded: none can come back once it is gone. */
  exist(rows: readonly FinishedRow[]): Promise<boolean>;
  close(): Promise<void>;
}
