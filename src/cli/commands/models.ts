import Table from "cli-table3";
import type { Command } from "commander";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { number } from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { printable } from "../output/printable.js";

const modelsQuery = /* GraphQL */ `
  query Models { embeddingModels { id name dimensions embeddingCount } }
`;

interface ModelsData {
  embeddingModels: { id: string; name: string; dimensions: number; embeddingCount: number }[];
}

export function addModelsCommand(program: Command, cli: () => Cli): void {
  program
    .command("models")
    .description("list the embedding models, with their dimensions and the number of embeddings")
    .option("--json", "print the data of the GraphQL response as JSON")
    .action(({ json }: { json?: boolean }) =>
      withApi(cli(), async (api) => {
        const { stdout } = cli();
        const data = await api.execute<ModelsData>(modelsQuery);
        if (json) {
          stdout.write(`${JSON.stringify(data, null, 2)}\n`);
          return;
        }
        if (data.embeddingModels.length === 0) {
          stdout.write(`${await nextStep(api, cli())}\n`);
          return;
        }
        const table = new Table({
          head: ["model", "dimensions", "embeddings"],
          style: { head: [], border: [] },
        });
        for (const { name, dimensions, embeddingCount } of data.embeddingModels) {
          table.push([printable(name), dimensions, number(embeddingCount)]);
        }
        stdout.write(`${table}\n`);
      }),
    );
}
