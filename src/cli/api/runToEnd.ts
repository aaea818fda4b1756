import type { ClusterEmbeddingsInput } from "../../resolvers/clusterings/startClustering.js";
import type { Cli } from "../cli.js";
import { inOptionWords, optionOfField } from "../options/clusterOptions.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";
import type { Api, ClusteringProgress } from "./api.js";

const clusterMutation = /* GraphQL */ `
  mutation Cluster($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
      __typename
      ... on ClusteringResult { id }
      ... on Error { message }
      ... on InvalidInputError { issues { path message value } }
    }
  }
`;
const cancelMutation = /* GraphQL */ `
  mutation Cancel($id: ID!) { cancelClustering(id: $id) { __typename } }
`;
interface ClusterData {
  clusterEmbeddings: {
    id?: string;
    message?: string;
    issues?: { path: string[]; message: string; value: string | null }[];
  };
}
/**
 * Starts a clustering by the mutation.
 *
 * @returns its id
 * @throws ArgumentError that names the options, if the input is refused
 */
export async function startByMutation(api: Api, input: ClusterEmbeddingsInput): Promise<string> {
  const data = await api.execute<ClusterData>(clusterMutation, { input });
  const { id, message, issues } = data.clusterEmbeddings;
  if (id) return id;
  if (!issues) throw new CommandError(inOptionWords(message ?? ""));
  throw new ArgumentError(
    issues
      .map(
        ({ path, message: wrong, value }) =>
          `${optionOfField(path)}${value === null ? "" : ` ${value}`}: ${inOptionWords(wrong)}`,
      )
      .join("\n"),
  );
}

/**
 * Waits until a clustering has ended, and shows a progress bar.
 *
 * @throws CommandError if the clustering failed, InterruptedError if Ctrl-C cancelled it
 */
export async function runToEnd(api: Api, id: string, cli: Cli): Promise<void> {
  const cancel = () => {
    api.execute(cancelMutation, { id }).catch(() => {});
  };
  if (cli.signal.aborted) cancel();
  cli.signal.addEventListener("abort", cancel);
  const bar = cli.progressBar("Clustering");
  try {
    let last: ClusteringProgress | undefined;
    for await (const progress of api.follow(id)) {
      last = progress;
      bar.update(progress.progress, stageName(progress.stage));
    }
    bar.stop();
    if (last?.status === "CANCELLED") throw new InterruptedError("Cancelled. Nothing was stored.");
    if (last?.status !== "SUCCEEDED") {
      throw new CommandError(`The clustering failed: ${last?.failure?.code} ${last?.failure?.message}`);
    }
  } finally {
    bar.stop();
    cli.signal.removeEventListener("abort", cancel);
  }
}

const stageName = (stage: string | null) => stage?.toLowerCase().replaceAll("_", " ") ?? "";
