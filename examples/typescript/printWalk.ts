import { GraphQLClient } from "graphql-request";
import { headers } from "./headers.js";
import { WalkDocument } from "./operations.js";

/** Prints what the largest clusters of the newest clustering are about, and where each comes from. */
export async function printWalk(url: string, print: (line: string) => void = console.log): Promise<void> {
  const client = new GraphQLClient(url, { headers });
  const { latestClusteringResult: result } = await client.request(WalkDocument, { clusters: 5 });
  if (!result) {
    print("Nothing is clustered yet.");
    return;
  }
  print(`${result.clusterCount} clusters of ${result.embeddingCount} embeddings`);
  for (const { node } of result.clusters.edges) {
    const { model, sequenceNumber, run, input } = node.medoidInvocation;
    print(`${(100 * node.share).toFixed(1)} %  ${node.medoidText ?? "(an image)"}`);
    print(`  step ${sequenceNumber} of the run from ${JSON.stringify(run.initialPrompt)}, by ${model}`);
    if (input?.outputImageUrl) print(`  of the image ${input.outputImageUrl} by ${input.model}`);
  }
}
