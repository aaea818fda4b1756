import type { Command } from "commander";
import type { App } from "../app.js";
import { describeSettings } from "../settings.js";
import type { Cli } from "./cli.js";
import { addClusterOptions, type ClusterOptions, clusterInput, pageSize } from "./clusterOptions.js";
import { ArgumentError, CommandError } from "./commandErrors.js";
import { nextStep } from "./nextSteps.js";
import { runToEnd, startByMutation } from "./runToEnd.js";
import { showResult } from "./show.js";

export function addClusterCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("cluster")
    .description("cluster embeddings and wait for the result; Ctrl-C cancels");
  addClusterOptions(command)
    .option("--first <n>", "how many clusters to print", pageSize, 5)
    .option("--json", "print the data of the GraphQL query")
    .addHelpText("after", () => `\n${describeSettings()}`)
    .action(async (options: ClusterOptions & { first: number; json?: boolean }) => {
      const { open, stdout, stderr } = cli();
      const app = await open();
      try {
        const embeddingModel = options.embeddingModel ?? (await onlyModel(app));
        const id = await startByMutation(app, clusterInput(options, embeddingModel));
        await runToEnd(app, id, cli());
        await showResult(app, id, options, stdout).catch((error: Error) => {
          const told = `The clustering is done, but cannot be shown now: ${error.message}\nTry \`medoid show ${id}\`.`;
          // What was to read the result gets none; for a person the work is done.
          if (options.json) throw new CommandError(told);
          stderr.write(`${told}\n`);
        });
      } finally {
        await app.close();
      }
    });
}

async function onlyModel(app: App): Promise<string> {
  const models = await app.database.prisma.embeddingModel.findMany({
    select: { name: true },
    orderBy: { name: "asc" },
  });
  if (models.length === 0) throw new CommandError((await nextStep(app)) ?? "");
  if (models.length > 1) {
    const names = models.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new ArgumentError(`--embedding-model is needed, since there are several: ${names}.`);
  }
  return models[0].name;
}
