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

export interface ShowOptions {
  /** The number of clusters to print. */
  first: number;
  /** Whether to print the data of the GraphQL response as JSON instead of text. */
  json?: boolean;
}

export function addShowCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("show")
    .description("show a result and its largest clusters, with the invocations and runs of their medoids")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .option("--embedding-model <name>", "show the latest result of this embedding model, instead of ID")
    .option("--first <n>", "number of clusters to show", fromOne, 5)
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
    "medoid show --embedding-model all-MiniLM-L6-v2 --first 20",
    "medoid show 0198c1b2-0000-7000-8005-000000000000 --json",
  );
}

/** Prints a result and its largest clusters, with their medoids' invocations and runs. */
export async function showResult(
  api: Api,
  id: string,
  { first, json }: ShowOptions,
  cli: Cli,
): Promise<void> {
  const clusteringResult = await readWalk(api, id, first, cli);
  const { stdout, command } = cli;
  stdout.write(
    json
      ? `${JSON.stringify({ clusteringResult }, null, 2)}\n`
      : formatWalk(clusteringResult, outputWidth(stdout), command),
  );
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
