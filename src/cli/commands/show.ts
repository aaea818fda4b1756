import type { Command } from "commander";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { allPages } from "../api/pages.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { fromOne, resultId } from "../options/clusterOptions.js";
import { addExamples } from "../options/helpText.js";
import { outputWidth } from "../output/outputWidth.js";
import { formatWalk, type Walk, type WalkPage, walkOfResult } from "../output/walk.js";
import { ArgumentError } from "../process.js";
import { formatOutliers, readOutliers } from "./showOutliers.js";

export interface ShowOptions {
  /** The number of clusters to print. */
  first: number;
  /** Whether to print the data of the GraphQL response as JSON instead of text. */
  json?: boolean;
  /** Whether to say where the outliers belong, and what a sweep recommends. */
  outliers?: boolean;
}

export function addShowCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("show")
    .description("show a result and its largest clusters, with the invocations and runs of their medoids")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .option("--embedding-model <name>", "show the latest result of this embedding model, instead of ID")
    .option("--first <n>", "number of clusters to show", fromOne, 5)
    .option("--outliers", "say how near the outliers are to their clusters, and what a sweep recommends")
    .option("--json", "print the data of the GraphQL response as JSON")
    .action((id: string | undefined, options: ShowOptions & { embeddingModel?: string }) => {
      const { embeddingModel } = options;
      if (id !== undefined && embeddingModel !== undefined) {
        throw new ArgumentError(
          "Give either ID or --embedding-model, which stands for the latest result of a model.",
        );
      }
      return withApi(cli(), async (api) =>
        showResult(api, id ?? (await latestId(api, cli(), embeddingModel)), options, cli()),
      );
    });
  addExamples(
    command,
    "medoid show",
    "medoid show --outliers",
    "medoid show --embedding-model all-MiniLM-L6-v2 --first 20",
    "medoid show 0198c1b2-0000-7000-8005-000000000000 --json",
  );
}

/** Prints a result and its largest clusters, with their medoids' invocations and runs. */
export async function showResult(
  api: Api,
  id: string,
  { first, json, outliers: withOutliers = false }: ShowOptions,
  cli: Cli,
): Promise<void> {
  const walk = await readWalk(api, id, first, cli);
  const outliers = withOutliers ? await readOutliers(api, id, cli) : null;
  const { stdout, command } = cli;
  if (json) {
    const { joiningOutliers, outlierComposition, sweep, recommendation } = outliers ?? {};
    const clusteringResult = { ...walk, joiningOutliers, outlierComposition, sweep };
    stdout.write(`${JSON.stringify({ clusteringResult, recommendation }, null, 2)}\n`);
    return;
  }
  stdout.write(formatWalk(walk, outputWidth(stdout), command));
  if (outliers !== null) stdout.write(`\n${formatOutliers(outliers)}`);
}

/** Clusters are read in pages of this many, because their texts may be long. */
const clustersPerPage = 100;

/** @param first the number of clusters */
export async function readWalk(api: Api, id: string, first: number, cli: Cli): Promise<Walk> {
  const results: WalkPage[] = [];
  const read = async (page: object) => {
    const data = await api.execute<{ clusteringResult: WalkPage | null }>(walkOfResult, { id, ...page });
    if (!data.clusteringResult) throw await noSuchResult(api, id, cli);
    results.push(data.clusteringResult);
    return data.clusteringResult.clusters;
  };
  const clusters = await allPages(read, { first, pageSize: clustersPerPage });
  return { ...results[0], clusters };
}
