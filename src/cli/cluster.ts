import type { Command } from "commander";
import type { Settings } from "../settings.js";
import type { Api } from "./api.js";
import type { Cli } from "./cli.js";
import { addClusterOptions, type ClusterOptions, clusterInput, pageSize } from "./clusterOptions.js";
import { addExamples, addSettingNames } from "./helpText.js";
import { nextStep } from "./hints.js";
import { ArgumentError, CommandError } from "./process.js";
import { runToEnd, startByMutation } from "./runToEnd.js";
import { showResult } from "./show.js";
import { withApi } from "./withApi.js";

const modelsQuery = /* GraphQL */ `
  query ModelNames { embeddingModels { name } }
`;

export function addClusterCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("cluster")
    .description("cluster embeddings and wait; Ctrl-C cancels (docs/clustering.md)");
  addClusterOptions(command)
    .option("--first <n>", "number of clusters to print", pageSize, 5)
    .option("--json", "print the data of the response as JSON")
    .action((options: ClusterOptions & { first: number; json?: boolean }) =>
      withApi(cli(), async (api) => {
        const { stderr, command: shown } = cli();
        const embeddingModel = options.embeddingModel ?? (await onlyModel(api, cli()));
        const id = await startByMutation(api, clusterInput(options, embeddingModel));
        await runToEnd(api, id, cli());
        await showResult(api, id, options, cli()).catch((error: Error) => {
          const notShown = `The clustering succeeded, but its result cannot be shown: ${error.message}\nTry \`${shown("show", id)}\`.`;
          // A program that reads the JSON gets no result, so the command fails; for a person the work is
          // done.
          if (options.json) throw new CommandError(notShown);
          stderr.write(`${notShown}\n`);
        });
      }),
    );
  addExamples(
    command,
    "medoid cluster",
    "medoid cluster --min-cluster-size 20 --sequence-number 10.. --models viewer",
    "medoid cluster --embedding-model all-MiniLM-L6-v2 --metric COSINE --json",
  );
  addSettingNames(command, settings);
}

/** They act on the clustering that the command starts, and on those that it computes meanwhile. */
const settings: (keyof Settings)[] = [
  "clusteringThreads",
  "clusteringConcurrency",
  "clusteringSecondsLimit",
  "clusteringBytesLimit",
];

async function onlyModel(api: Api, cli: Cli): Promise<string> {
  const { embeddingModels } = await api.execute<{ embeddingModels: { name: string }[] }>(modelsQuery);
  if (embeddingModels.length === 0) throw new CommandError((await nextStep(api, cli)) ?? "");
  if (embeddingModels.length > 1) {
    const names = embeddingModels.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new ArgumentError(
      `--embedding-model is required, because there are several embedding models: ${names}.`,
    );
  }
  return embeddingModels[0].name;
}
