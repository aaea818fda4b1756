import type { Operation } from "./operation.js";
import { graphqlAddress } from "./request.js";

/** The address of GraphiQL with an operation and its variables filled in. */
export function graphiqlAddress<Data, Variables>(
  { text }: Operation<Data, Variables>,
  variables: Variables,
): string {
  const query = new URLSearchParams({ query: text, variables: JSON.stringify(variables, null, 2) });
  return `${graphqlAddress}?${query}`;
}
