import { print as printDocument } from "graphql";
import { GraphQLClient } from "graphql-request";
import { createClient } from "graphql-sse";
import { headers } from "./headers.js";
import {
  ClusterDocument,
  type ClusterEmbeddingsInput,
  WatchDocument,
  type WatchSubscription,
} from "./operations.js";

type State = WatchSubscription["clusteringProgress"];

/**
 * Starts a clustering and waits for its end.
 * @param onState called with the current state, then with each change
 * @returns the id of the result, and its final state
 */
export async function clusterAndWatch(
  url: string,
  input: ClusterEmbeddingsInput,
  onState: (state: State) => void,
): Promise<{ id: string; state: State }> {
  const { clusterEmbeddings: payload } = await new GraphQLClient(url, { headers }).request(ClusterDocument, {
    input,
  });
  // TypeScript knows the members of the union: if one were not handled here, this would not compile.
  switch (payload?.__typename) {
    case "ClusteringResult":
      break;
    case undefined:
      throw new Error("No clustering was started."); // graphql-request has already thrown this error
    case "NotEnoughEmbeddingsError":
    case "InvalidInputError":
    case "ResourceLimitError":
    case "IdempotencyConflictError":
      throw new Error(`${payload.code}: ${payload.message}`);
    default:
      payload satisfies never;
      throw new Error("The schema has changed: generate the types again.");
  }
  const { id } = payload;
  const events = createClient({ url, headers }).iterate<WatchSubscription>({
    query: printDocument(WatchDocument),
    variables: { id },
  });
  let state: State | undefined;
  for await (const { data, errors } of events) {
    if (!data) throw new Error(errors?.map(({ message }) => message).join(" "));
    state = data.clusteringProgress;
    onState(state);
  }
  if (!state) throw new Error("The stream ended without a state.");
  return { id, state };
}
