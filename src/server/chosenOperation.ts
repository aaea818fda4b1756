import { type DocumentNode, getOperationAST, Kind } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { quotedValue } from "../resolvers/errors.js";
import { asError, invalidRequest } from "./errors.js";

/**
 * Refuses a request whose document has no operation to execute: none at all, none of the given name, or
 * several and no name to choose by. The error lists the names of the document's operations.
 */
export function requireChosenOperation(): Plugin {
  return {
    onParse:
      () =>
      ({ result, context }) => {
        if (result === null || result instanceof Error) return;
        const { operationName } = (context as { params?: GraphQLParams }).params ?? {};
        if (getOperationAST(result, operationName)) return;
        throw asError(invalidRequest(reason(result, operationName), { spec: true }));
      },
  };
}

function reason({ definitions }: DocumentNode, operationName: string | null | undefined): string {
  const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operations.length === 0) return "query: the document has no operation.";
  const names = operations.flatMap(({ name }) => (name ? [name.value] : []));
  const known =
    names.length > 0
      ? `The document has ${names.join(", ")}.`
      : "The document's operation has no name: leave operationName out.";
  return operationName == null
    ? `operationName: must be given, for the document has several operations. ${known}`
    : `operationName: no operation is named ${quotedValue(operationName)}. ${known}`;
}
