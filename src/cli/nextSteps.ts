import type { App } from "../app.js";
import { asUnavailable, DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";

/**
 * Suggests the next command for a database in this state; undefined if a clustering has succeeded already.
 */
export async function nextStep({ database: { prisma } }: App): Promise<string | undefined> {
  if ((await prisma.embeddingModel.count({ take: 1 })) === 0) {
    const load = "Load the sample with `medoid sample`, or your own runs with `medoid import FILE`.";
    return (await prisma.run.count({ take: 1 })) === 0
      ? `Nothing has been recorded yet. ${load}`
      : "The runs have no embeddings yet, so there is nothing to cluster. Record the runs again with their embeddings.";
  }
  const succeeded = await prisma.clusteringResult.findFirst({
    where: { status: "SUCCEEDED" },
    select: { id: true },
  });
  if (!succeeded) return "Nothing has been clustered yet. Start with `medoid cluster`.";
  return undefined;
}

/**
 * Like `nextStep`, for commands whose work does not depend on it: undefined also if the database is
 * unavailable.
 */
export async function nextStepIfKnown(app: App): Promise<string | undefined> {
  try {
    return await nextStep(app);
  } catch (error) {
    if (asUnavailable(error) instanceof DatabaseUnavailableError) return undefined;
    throw error;
  }
}
