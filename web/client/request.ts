import { apiKey } from "./apiKey.js";
import type { Operation } from "./operation.js";
import { root, takesIdsOnly } from "./server.js";

export const graphqlAddress = new URL("graphql", root).href;

/** The operation as a request names it: by its id if the server takes no documents. */
export function requestOf<Data, Variables>(
  { name, id, text }: Operation<Data, Variables>,
  variables: Variables,
) {
  const document = takesIdsOnly ? { documentId: id } : { query: text };
  return { ...document, operationName: name, variables };
}

/** The headers that every request has. */
export function authorization(): Record<string, string> {
  return apiKey.value === null ? {} : { Authorization: `Bearer ${apiKey.value}` };
}
