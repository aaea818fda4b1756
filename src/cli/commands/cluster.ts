import { type Command, Option } from "commander";
import type { Api } from "../api/api.js";
import { onlyModel, requireModel } from "../api/existingResult.js";
import { runToEnd, startByMutation } from "../api/runToEnd.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import {
  addClusterOptions,
  type ClusterOptions,
  clusterInput,
  fromOne,
  settingsOfWork,
} from "../options/clusterOptions.js";
import { addExamples, addSettingNames } from "../options/helpText.js";
import { CommandError } from "../process.js";
import { clusterAllModels, notShown } from "./allModels.js";
import { type ShowOptions, showResult } from "./show.js";

export function addClusterCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("cluster")
    .description("cluster embeddings and wait; Ctrl-C cancels (docs/clustering.md)");
  addClusterOptions(command)
    .option("--first <n>", "number of clusters to print", fromOne, 5)
    .option("--json", "print the data of the response as JSON")
    .addOption(
      new Option("--all-models", "each embedding model on its own").conflicts([
        "embeddingModel",
        "idempotencyKey",
      ]),
    )
    .action((options: ClusterOptions & ShowOptions & { allModels?: boolean }) =>
      withApi(cli(), (api) => (options.allModels ? clusterAllModels : clusterModel)(api, options, cli())),
    );
  addExamples(
    command,
    "medoid cluster --all-models",
    "medoid cluster --min-cluster-size 20 --sequence-number 10.. --models viewer",
    "medoid cluster --reduce umap --reduce-dimensions 10 --metric COSINE --json",
  );
  addSettingNames(command, settingsOfWork);
}

async function clusterModel(api: Api, options: ClusterOptions & ShowOptions, cli: Cli): Promise<void> {
  if (options.embeddingModel !== undefined) await requireModel(api, cli, options.embeddingModel);
  const embeddingModel =
    options.embeddingModel ?? (await onlyModel(api, cli, "--embedding-model or --all-models"));
  const id = await startByMutation(api, clusterInput(options, embeddingModel));
  await runToEnd(api, { kind: "clustering", id }, cli);
  await showResult(api, id, options, cli).catch((error: Error) => {
    const message = notShown(id, error, cli);
    // A program that reads the JSON gets no result, so the command fails; for a person the work is done.
    if (options.json) throw new CommandError(message);
    cli.stderr.write(`${message}\n`);
  });
}
