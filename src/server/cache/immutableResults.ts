import {
  type ArgumentNode,
  type DocumentNode,
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { FinishedRow } from "../../database/database.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { factsOf } from "../../schema/fieldFacts.js";
import { schema } from "../../schema/index.js";

/**
 * Returns the rows that the response to a query depends on, if it stays the same for as long as these exist;
 * null if it may change otherwise.
 *
 * A finished clustering, its clusters and its assignments never change, nor do the embeddings, invocations
 * and runs that they refer to, and none of these can be deleted before the clustering. Only the fields that
 * are marked `mutable` change: lists to which new records are added, and data of other clusterings. Fields
 * with @skip or @include count as selected.
 */
export function dependsOn(
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown>,
): FinishedRow[] | null {
  const operation = getOperationAST(document, operationName);
  if (!operation || selectsMutable(document)) return null;
  const fields = schema.getQueryType()!.getFields();
  const found: FinishedRow[] = [];
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD) return null;
    const name = selection.name.value;
    if (name === "__typename") continue;
    const { findsImmutable } = Object.hasOwn(fields, name) ? factsOf(fields[name]) : {};
    if (!findsImmutable) return null;
    for (const [argument, type] of Object.entries(findsImmutable)) {
      const id = textOf(
        selection.arguments?.find((given) => given.name.value === argument),
        variables,
      );
      const parsed = id ? parseIdOf(type, id) : null;
      if (!parsed || !("uuid" in parsed)) return null;
      found.push({ type, uuid: parsed.uuid });
    }
  }
  return found;
}

const examined = new WeakMap<DocumentNode, boolean>();

function selectsMutable(document: DocumentNode): boolean {
  let found = examined.get(document);
  if (found === undefined) {
    found = findsMutable(document);
    examined.set(document, found);
  }
  return found;
}

function findsMutable(document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let found = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field() {
        const field = types.getFieldDef();
        found ||= field != null && factsOf(field).mutable === true;
      },
    }),
  );
  return found;
}

function textOf(argument: ArgumentNode | undefined, variables: Record<string, unknown>): string | null {
  if (!argument) return null;
  const { value } = argument;
  if (value.kind === Kind.STRING) return value.value;
  const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof given === "string" ? given : null;
}
