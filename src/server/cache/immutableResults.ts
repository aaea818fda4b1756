import {
  type ArgumentNode,
  type DocumentNode,
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { FinishedRow } from "../../database/databaseVersion.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { schema } from "../../schema/index.js";

/**
 * What a finished clustering leads to lasts as long as it does: its own row, its clusters and assignments never change,
 * nor do the embeddings, invocations and runs that they are of, and none of these can be deleted before it. All but
 * what can grow: lists that new records add to, and what other clusterings say.
 */
export const growingFields = new Set([
  "EmbeddingModel.embeddingCount",
  "Embedding.assignment",
  "Embedding.assignments",
  "Invocation.embedding",
  "Invocation.embeddings",
  "Run.clusterPath",
  "Run.invocations",
]);

/** The fields of Query that find what lasts, by its id. */
const roots: Record<string, FinishedRow["type"]> = {
  clusteringResult: "ClusteringResult",
  cluster: "Cluster",
};

/**
 * What the answer to a query stands on, if it lasts for as long as that exists (and does already); null where it may
 * change otherwise. Fields under @skip and @include count as asked for.
 */
export function standsOn(
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown>,
): FinishedRow[] | null {
  const operation = getOperationAST(document, operationName);
  if (!operation || grows(document)) return null;
  const found: FinishedRow[] = [];
  for (const field of operation.selectionSet.selections) {
    if (field.kind !== Kind.FIELD) return null;
    if (field.name.value === "__typename") continue;
    const type = roots[field.name.value];
    const id = type && textOf(field.arguments?.[0], variables);
    const parsed = id ? parseIdOf(type, id) : null;
    if (!parsed || !("uuid" in parsed)) return null;
    found.push({ type, uuid: parsed.uuid });
  }
  return found;
}

const examined = new WeakMap<DocumentNode, boolean>();

/** Whether anything that it asks for can grow. */
function grows(document: DocumentNode): boolean {
  let found = examined.get(document);
  if (found === undefined) {
    found = asksForGrowing(document);
    examined.set(document, found);
  }
  return found;
}

function asksForGrowing(document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let growing = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        growing ||= growingFields.has(`${types.getParentType()?.name}.${name.value}`);
      },
    }),
  );
  return growing;
}

function textOf(argument: ArgumentNode | undefined, variables: Record<string, unknown>): string | null {
  if (argument?.name.value !== "id") return null;
  const { value } = argument;
  if (value.kind === Kind.STRING) return value.value;
  const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof given === "string" ? given : null;
}
