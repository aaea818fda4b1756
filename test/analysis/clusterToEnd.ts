import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { App } from "../../src/app.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";

/** Of a clustering of the embeddings that `writeRun` wrote for the model "Model". */
export type ClusterInput = Omit<Parameters<typeof startClustering>[1], "embeddingModel">;

/** Clusters all embeddings, and waits until that has succeeded. @returns the bare id of the result */
export async function clusterToEnd(app: App, input: ClusterInput): Promise<string> {
  const outcome = await startClustering(app, { embeddingModel: "Model", ...input }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const { id } = outcome;
  const where = { id };
  const state = async () => (await app.database.prisma.clusteringResult.findUniqueOrThrow({ where })).status;
  while (!["SUCCEEDED", "FAILED"].includes(await state())) await delay(20);
  expect(await state()).toBe("SUCCEEDED");
  return id;
}
