import type { Command } from "commander";
import type { Medoid } from "../medoid.js";
import type { Cli } from "./cli.js";
import { addListenOptions, type ListenOptions, serverUrl } from "./listen.js";
import { runToEnd, startByMutation } from "./runToEnd.js";
import { queryData } from "./schemaClient.js";
import { serve } from "./serve.js";
import { showResult } from "./show.js";

const largestShown = 5;

const resultsQuery = /* GraphQL */ `
  query DemoResults($embeddingModel: String!) {
    embeddingModels { name embeddingCount }
    latestClusteringResult(embeddingModel: $embeddingModel) { id embeddingCount }
    clusteringResults(first: 1, filter: { embeddingModel: $embeddingModel, statuses: [QUEUED, RUNNING] }) {
      edges { node { id } }
    }
  }
`;
interface ResultsData {
  embeddingModels: { name: string; embeddingCount: number }[];
  latestClusteringResult: { id: string; embeddingCount: number } | null;
  clusteringResults: { edges: { node: { id: string } }[] };
}

export function addDemoCommand(program: Command, cli: () => Cli): void {
  addListenOptions(
    program
      .command("demo")
      .description("load the sample, cluster it, print the walk and serve it")
      .option("--no-serve", "stop after printing"),
  ).action(async (options: ListenOptions & { serve: boolean }) => {
    const { open, stdout, signal, databaseUrl } = cli();
    const medoid = await open();
    try {
      stdout.write(`Database: ${databaseUrl}\n`);
      const embeddingModel = await recordSample(medoid, cli());
      const id = await clusterSample(medoid, embeddingModel, cli());
      stdout.write("\n");
      const baseUrl = serverUrl(options.host, options.port);
      await showResult(medoid, id, { first: largestShown, baseUrl }, stdout);
      if (!options.serve) return;
      stdout.write("\n");
      await serve(medoid, options, stdout, signal);
    } finally {
      await medoid.close();
    }
  });
}

async function recordSample(medoid: Medoid, cli: Cli): Promise<string> {
  const { loadSample } = await import("../import/loadSample.js");
  const bar = cli.progressBar("Loading the sample");
  const { embeddingModel, taken } = await loadSample(medoid, {
    onProgress: bar.update,
    signal: cli.signal,
  }).finally(() => bar.stop());
  cli.stdout.write(
    taken.embeddingCount > 0
      ? `Recorded ${taken.runCount} runs with ${taken.embeddingCount} embeddings of ${embeddingModel}.\n`
      : "The sample is already there.\n",
  );
  return embeddingModel;
}

/** Takes the newest result where it covers what is there, waits for one that is under way, or starts one. */
async function clusterSample(medoid: Medoid, embeddingModel: string, cli: Cli): Promise<string> {
  const data = await queryData<ResultsData>(medoid, resultsQuery, { embeddingModel });
  const latest = data.latestClusteringResult;
  const available = data.embeddingModels.find(({ name }) => name === embeddingModel)?.embeddingCount;
  if (latest && latest.embeddingCount === available) {
    cli.stdout.write("It is already clustered.\n");
    return latest.id;
  }
  const underWay = data.clusteringResults.edges[0]?.node.id;
  if (underWay) cli.stdout.write("A clustering is already under way.\n");
  const id = underWay ?? (await startByMutation(medoid, { embeddingModel }));
  await runToEnd(medoid, id, cli);
  return id;
}
