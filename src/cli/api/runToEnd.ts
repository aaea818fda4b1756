import type { ClusterEmbeddingsInput } from "../../resolvers/clusterings/startClustering.js";
import type { Cli } from "../cli.js";
import { inOptionWords, optionOfField } from "../options/clusterOptions.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";
import type { Api } from "./api.js";
import { kindsOfWork, type Work, type WorkProgress } from "./work.js";

/** The fields of `Started`, besides the id. */
export const refusalFields =
  "... on Error { message } ... on InvalidInputError { issues { path message value } }";

const clusterMutation = /* GraphQL */ `
  mutation Cluster($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) { ... on ClusteringResult { id } ${refusalFields} }
  }
`;

/** What a mutation that starts work returns. */
interface Started {
  id?: string;
  message?: string;
  issues?: { path: string[]; message: string; value: string | null }[];
}

/**
 * Starts a clustering by the mutation.
 *
 * @returns its id
 * @throws ArgumentError that names the options, if the input is refused
 */
export async function startByMutation(api: Api, input: ClusterEmbeddingsInput): Promise<string> {
  const data = await api.execute<{ clusterEmbeddings: Started }>(clusterMutation, { input });
  return startedId(data.clusterEmbeddings);
}

/**
 * The id of the work that a mutation has started.
 *
 * @throws ArgumentError that names the options, if the input is refused
 */
export function startedId({ id, message, issues }: Started): string {
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
 * Waits until a clustering or a map has ended, and shows a progress bar.
 *
 * @throws CommandError if it failed, InterruptedError if Ctrl-C cancelled it
 */
export async function runToEnd(api: Api, work: Work, cli: Cli): Promise<void> {
  const { noun, cancel: mutation, doing } = kindsOfWork[work.kind];
  const cancelMutation = `mutation Cancel($id: ID!) { ${mutation}(id: $id) { __typename } }`;
  const cancel = () => {
    api.execute(cancelMutation, { id: work.id }).catch(() => {});
  };
  if (cli.signal.aborted) cancel();
  cli.signal.addEventListener("abort", cancel);
  const bar = cli.progressBar(doing);
  try {
    let last: WorkProgress | undefined;
    for await (const progress of api.follow(work)) {
      last = progress;
      bar.update(progress.progress, stageName(progress.stage));
    }
    bar.stop();
    if (last?.status === "CANCELLED") throw new InterruptedError("Cancelled. Nothing was stored.");
    if (last?.status !== "SUCCEEDED") {
      throw new CommandError(`The ${noun} failed: ${last?.failure?.code} ${last?.failure?.message}`);
    }
  } finally {
    bar.stop();
    cli.signal.removeEventListener("abort", cancel);
  }
}

const stageName = (stage: string | null | undefined) => stage?.toLowerCase().replaceAll("_", " ") ?? "";
