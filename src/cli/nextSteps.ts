import type { App } from "../app.js";
import { asUnavailable, DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";

/** What to do on a database in this state; undefined where a clustering has already succeeded. */
export async function nextStep({ database: { prisma } }: App): Promise<string | undefined> {
  if ((await prisma.embeddingModel.count({ take: 1 })) === 0) {
    const load = "Load the sample with `medoid sample`, or your own runs with `medoid import FILE`.";
    return (await prisma.run.count({ take: 1 })) === 0
      ? `Nothing has been recorded yet. ${load}`
      : "The runs have no embeddings yet, so that there is nothing to cluster. Record the runs again with theirs.";
  }
  const succeeded = await prisma.clusteringResult.findFirst({
    where: { status: "SUCCEEDED" },
    select: { id: true },
  });
  if (!succeeded) return "Nothing has been clustered yet. Start with `medoid cluster`.";
  return undefined;
}

/** The same beside work that is done, or that goes on without it: undefined, too, where the database is away. */
export async function nextStepIfKnown(app: App): Promise<string | undefined> {
  try {
    return await nextStep(app);
  } catch (error) {
    if (asUnavailable(error) instanceof DatabaseUnavailableError) return undefined;
    throw error;
  }
}
