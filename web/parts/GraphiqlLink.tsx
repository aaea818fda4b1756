import { graphiqlAddress } from "../client/graphiqlAddress.js";
import type { Operation } from "../client/operation.js";
import { hasGraphiql } from "../client/server.js";

export interface GraphiqlLinkProps {
  // biome-ignore lint/suspicious/noExplicitAny: an operation of whatever data and variables
  operation: Operation<any, any>;
  variables: object;
}

/** A link to GraphiQL with the query that a view has read, if the server serves GraphiQL. */
export function GraphiqlLink({ operation, variables }: GraphiqlLinkProps) {
  if (!hasGraphiql) return null;
  return (
    <a class="button quiet" href={graphiqlAddress(operation, variables)}>
      Open in GraphiQL
    </a>
  );
}
