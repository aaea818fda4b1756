import type { Medoid } from "../medoid.js";

/** What to do on a database in this state; undefined where a clustering has already succeeded. */
export async function nextStep({ database: { prisma } }: Medoid): Promise<string | undefined> {
  if ((await prisma.embeddingModel.count({ take: 1 })) === 0) {
    return "Nothing has been recorded yet. Load the sample with `medoid sample`, or your own runs with `medoid import FILE`.";
  }
  const succeeded = await prisma.clusteringResult.findFirst({
    where: { status: "SUCCEEDED" },
    select: { id: true },
  });
  if (!succeeded) return "Nothing has been clustered yet. Start with `medoid cluster`.";
  return undefined;
}
