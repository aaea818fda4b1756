import type { BulkStore } from "../bulkStore.js";

/** Bulk work on PostgreSQL. */
export function openPostgresBulkStore(_url: string): BulkStore {
  const notYet = async (): Promise<never> => {
    throw new Error("The bulk store of PostgreSQL is not there yet.");
  };
  return {
    countEmbeddings: notYet,
    countDistinctTexts: notYet,
    loadEmbeddings: notYet,
    storeClustering: notYet,
    discardAbandonedRows: async () => {},
    deleteClusteringResult: notYet,
    recordRuns: notYet,
    deleteRun: notYet,
    importUpstream: notYet,
    close: async () => {},
  };
}
