import { expect } from "vitest";
import { embeddingCount, type TestDatabase } from "./testDatabase.js";

/**
 * Checks that every run is complete: each has all its invocations, and every text its embeddings.
 * @param invocations how many the recorded runs have; the test database's own run is known
 * @returns how many runs there are in addition to that one
 */
export async function wholeRuns(database: TestDatabase, invocations: number[]): Promise<number> {
  const runs = await database.query<{ id: string; invocations: number; texts: number; embeddings: number }>(`
    SELECT r."id", count(DISTINCT i."id") AS "invocations",
      count(DISTINCT CASE WHEN i."type" = 'TEXT' THEN i."id" END) AS "texts", count(e."id") AS "embeddings"
    FROM "Run" r LEFT JOIN "Invocation" i ON i."runId" = r."id" LEFT JOIN "Embedding" e ON e."invocationId" = i."id"
    GROUP BY r."id"`);
  const torn = runs.filter(
    (run) =>
      ![...invocations, embeddingCount].includes(run.invocations) ||
      run.embeddings === 0 ||
      run.embeddings % run.texts !== 0,
  );
  expect(torn, "runs that are torn").toEqual([]);
  return runs.length - 1;
}
