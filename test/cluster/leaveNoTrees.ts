import type { TestDatabase } from "./testDatabase.js";

/**
 * Makes the results so far those of another version of the engine, so that the clusterings that follow take none of
 * their spanning trees, and go through all stages.
 */
export async function leaveNoTrees(database: TestDatabase): Promise<void> {
  await database.query(`UPDATE "ClusteringResult" SET "engineVersion" = 'another'`);
}
