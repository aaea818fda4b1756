import type { Command } from "commander";
import { noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { resultId } from "../options/clusterOptions.js";
import { CommandError } from "../process.js";

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
    .action((id: string, { json }: { json?: boolean }) =>
      withApi(cli(), async (api) => {
        const { stdout } = cli();
        const data = await api.execute<DeleteData>(deleteMutation, { id });
        const { __typename, message, deletedId } = data.deleteClusteringResult;
        if (json) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
        if (__typename === "NotFoundError") throw await noSuchResult(api, id, cli());
        if (message) throw new CommandError(message);
        if (!json) stdout.write(`Deleted ${deletedId}.\n`);
      }),
    );
}
