import type { App } from "../src/app.js";

/** How many rows there are; the embeddings by model, both counted and as the models' own counts. */
export async function recordedRows({ database: { prisma } }: Pick<App, "database">) {
  const models = await prisma.embeddingModel.findMany({ orderBy: { name: "asc" } });
  const embeddings: Record<string, number> = {};
  const maintained: Record<string, number> = {};
  for (const { id, name, embeddingCount } of models) {
    embeddings[name] = await prisma.embedding.count({ where: { embeddingModelId: id } });
    maintained[name] = embeddingCount;
  }
  if (JSON.stringify(embeddings) !== JSON.stringify(maintained)) {
    throw new Error(`counted ${JSON.stringify(embeddings)}, maintained ${JSON.stringify(maintained)}`);
  }
  return {
    runs: await prisma.run.count(),
    invocations: await prisma.invocation.count(),
    images: await prisma.outputImage.count(),
    embeddings,
  };
}
