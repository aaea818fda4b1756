import type { Command } from "commander";
import type { Cli } from "./cli.js";
import { resultId } from "./clusterOptions.js";
import { nextStepIfKnown } from "./hints.js";
import { CommandError } from "./process.js";
import { queryData } from "./schemaClient.js";

const deleteMutation = /* GraphQL */ `
  mutation Delete($id: ID!) {
    deleteClusteringResult(id: $id) {
      __typename
      ... on DeletedClusteringResult { deletedId }
      ... on Error { code message }
    }
  }
`;

interface DeleteData {
  deleteClusteringResult: { __typename: string; deletedId?: string; message?: string };
}

export function addDeleteCommand(program: Command, cli: () => Cli): void {
  program
    .command("delete")
    .description("delete a finished clustering result with its clusters and assignments; the embeddings stay")
    .argument("<ID>", "the id of the clustering result", resultId)
    .option("--json", "print the data of the GraphQL response as JSON")
    .action(async (id: string, { json }: { json?: boolean }) => {
      const { open, stdout } = cli();
      const app = await open();
      try {
        const data = await queryData<DeleteData>(app, deleteMutation, { id });
        const { message, deletedId } = data.deleteClusteringResult;
        if (json) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
        if (message)
          throw new CommandError([message, await nextStepIfKnown(app, cli())].filter(Boolean).join(" "));
        if (!json) stdout.write(`Deleted ${deletedId}.\n`);
      } finally {
        await app.close();
      }
    });
}
