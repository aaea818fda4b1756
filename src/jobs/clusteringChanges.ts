/** Tells who watches a clustering that its row has changed. */
export interface ClusteringChanges {
  /** Said by whoever changed the row in this process. */
  changed(clusteringResultId: string): void;
  /**
   * Yields once at once, then whenever the row may have changed, in this process or another; until `signal` aborts.
   */
  watch(clusteringResultId: string, signal?: AbortSignal): AsyncIterable<void>;
}
