import type { Command } from "commander";
import type { App } from "../app.js";
import type { Settings } from "../settings.js";
import type { Cli } from "./cli.js";
import { addClusterOptions, type ClusterOptions, clusterInput, pageSize } from "./clusterOptions.js";
import { addExamples, addSettingNames } from "./helpText.js";
import { nextStep } from "./hints.js";
import { inProcessApi } from "./inProcessApi.js";
import { ArgumentError, CommandError } from "./process.js";
import { runToEnd, startByMutation } from "./runToEnd.js";
import { showResult } from "./show.js";

export function addClusterCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("cluster")
    .description("cluster embeddings and wait; Ctrl-C cancels (docs/clustering.md)");
  addClusterOptions(command)
    .option("--first <n>", "number of clusters to print", pageSize, 5)
    .option("--json", "print the data of the response as JSON")
    .action(async (options: ClusterOptions & { first: number; json?: boolean }) => {
      const { open, stderr, command: shown } = cli();
      const app = await open();
      try {
        const embeddingModel = options.embeddingModel ?? (await onlyModel(app, cli()));
        const id = await startByMutation(app, clusterInput(options, embeddingModel));
        await runToEnd(app, id, cli());
        await showResult(inProcessApi(app), id, options, cli()).catch((error: Error) => {
          const notShown = `The clustering succeeded, but its result cannot be shown: ${error.message}\nTry \`${shown("show", id)}\`.`;
          // A program that reads the JSON gets no result, so the command fails; for a person the work is
          // done.
          if (options.json) throw new CommandError(notShown);
          stderr.write(`${notShown}\n`);
        });
      } finally {
        await app.close();
      }
    });
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

async function onlyModel(app: App, cli: Cli): Promise<string> {
  const models = await app.database.prisma.embeddingModel.findMany({
    select: { name: true },
    orderBy: { name: "asc" },
  });
  if (models.length === 0) throw new CommandError((await nextStep(inProcessApi(app), cli)) ?? "");
  if (models.length > 1) {
    const names = models.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new ArgumentError(
      `--embedding-model is required, because there are several embedding models: ${names}.`,
    );
  }
  return models[0].name;
}
