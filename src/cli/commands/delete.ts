import type { Command } from "commander";
import { parseGlobalId } from "../../resolvers/globalId.js";
import type { Api } from "../api/api.js";
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

const deleteMapMutation = /* GraphQL */ `
  mutation DeleteMap($id: ID!) {
    deleteMap(id: $id) {
      __typename
      ... on DeletedEmbeddingMap { deletedId }
      ... on Error { code message }
    }
  }
`;

type Outcome = { __typename: string; deletedId?: string; message?: string };

export function addDeleteCommand(program: Command, cli: () => Cli): void {
  program
    .command("delete")
    .description(
      "delete a finished clustering result with its clusters and assignments, or a map; the embeddings stay",
    )
    .argument("<ID>", "the id of the clustering result, or EmbeddingMap:… for a map", deletedId)
    .option("--json", "print the data of the GraphQL response as JSON")
    .action((id: string, { json }: { json?: boolean }) =>
      withApi(cli(), async (api) => {
        const { stdout } = cli();
        const data = await deletion(api, id);
        const [{ __typename, message, deletedId }] = Object.values(data);
        if (json) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
        if (__typename === "NotFoundError") {
          throw isMap(id) ? new CommandError(`No map has the id ${id}.`) : await noSuchResult(api, id, cli());
        }
        if (message) throw new CommandError(message);
        if (!json) stdout.write(`Deleted ${deletedId}.\n`);
      }),
    );
}

const isMap = (id: string): boolean => parseGlobalId(id)?.type === "EmbeddingMap";

/** A bare UUID is that of a clustering result. */
const deletedId = (text: string): string => (isMap(text) ? text : resultId(text));

const deletion = (api: Api, id: string): Promise<Record<string, Outcome>> =>
  api.execute(isMap(id) ? deleteMapMutation : deleteMutation, { id });
