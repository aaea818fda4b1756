import type { App } from "../app.js";
import type { ClusterEmbeddingsInput } from "../resolvers/clusterings/startClustering.js";
import { type Cli, startQueue } from "./cli.js";
import { inOptionWords, optionOfField } from "./clusterOptions.js";
import { ArgumentError, CommandError, InterruptedError } from "./process.js";
import { queryData } from "./schemaClient.js";

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
const progressSubscription = /* GraphQL */ `
  subscription Progress($id: ID!) {
    clusteringProgress(id: $id) { status stage progress failure { code message } }
  }
`;

interface ClusterData {
  clusterEmbeddings: {
    id?: string;
    message?: string;
    issues?: { path: string[]; message: string; value: string | null }[];
  };
}
interface ProgressData {
  clusteringProgress: {
    status: string;
    stage: string | null;
    progress: number;
    failure: { code: string; message: string } | null;
  };
}

/**
 * Starts a clustering by the mutation.
 *
 * @returns its id
 * @throws ArgumentError that names the options, if the input is refused
 */
export async function startByMutation(app: App, input: ClusterEmbeddingsInput): Promise<string> {
  const data = await queryData<ClusterData>(app, clusterMutation, { input });
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
 * Computes clusterings in this process until this one has ended, and shows a progress bar. Another process on
 * the same database may compute it instead.
 *
 * @throws CommandError if the clustering failed, InterruptedError if Ctrl-C cancelled it
 */
export async function runToEnd(app: App, id: string, cli: Cli): Promise<void> {
  const cancel = () => {
    queryData(app, cancelMutation, { id }).catch(() => {});
  };
  if (cli.signal.aborted) cancel();
  cli.signal.addEventListener("abort", cancel);
  const bar = cli.progressBar("Clustering");
  try {
    const { subscribeInProcess } = await import("../server/inProcess.js");
    await startQueue(app);
    let last: ProgressData["clusteringProgress"] | undefined;
    for await (const { data, errors } of subscribeInProcess<ProgressData>(app, {
      query: progressSubscription,
      variables: { id },
    })) {
      if (errors?.length) throw new CommandError(errors.map(({ message }) => message).join("\n"));
      if (!data) continue;
      last = data.clusteringProgress;
      bar.update(last.progress, stageName(last.stage));
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
