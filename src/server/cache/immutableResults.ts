import {
  type DocumentNode,
  getOperationAST,
  Kind,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { FinishedRow } from "../../database/database.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { factsOf } from "../../schema/fieldFacts.js";
import { schema } from "../../schema/index.js";

/** What the response to a query depends on. */
export interface Dependencies {
  /** It stays the same for as long as these exist, except for annotations. */
  rows: FinishedRow[];
  /** Whether it shows what people say of the clusterings of the rows, and of their clusters. */
  annotations: boolean;
}

/**
 * Returns what the response to a query depends on, if that is finished clusterings alone; null if it may change
 * otherwise.
 *
 * A finished clustering, its clusters and its assignments never change, nor do the embeddings, invocations
 * and runs that they refer to, and none of these can be deleted before the clustering. Only the fields that
 * are marked `mutable` change: lists to which new records are added, and data of other clusterings; and annotations, which
 * are always those of clusterings that the response depends on. A field of one other clustering, which an argument names,
 * depends on that one as well. Fields with @skip or @include count as selected.
 */
export function dependsOn(
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown>,
): Dependencies | null {
  const operation = getOperationAST(document, operationName);
  const selected = examinedFields(document);
  if (!operation || selected.isMutable) return null;
  const fields = schema.getQueryType()!.getFields();
  const found: FinishedRow[] = [];
  const add = (type: FinishedRow["type"], id: ValueNode | undefined): boolean => {
    const text = textOf(id, variables);
    const parsed = text === null ? null : parseIdOf(type, text);
    if (!parsed || !("uuid" in parsed)) return false;
    found.push({ type, uuid: parsed.uuid });
    return true;
  };
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD) return null;
    const name = selection.name.value;
    if (name === "__typename") continue;
    const { findsImmutable } = Object.hasOwn(fields, name) ? factsOf(fields[name]) : {};
    if (!findsImmutable) return null;
    for (const [argument, type] of Object.entries(findsImmutable)) {
      const given = selection.arguments?.find((each) => each.name.value === argument);
      if (!add(type, given?.value)) return null;
    }
  }
  if (!selected.results.every((id) => add("ClusteringResult", id))) return null;
  return { rows: found, annotations: selected.hasAnnotations };
}

interface ExaminedFields {
  /** Whether one of the fields is `mutable`. */
  isMutable: boolean;
  /** Whether one of the fields is an `annotation`. */
  hasAnnotations: boolean;
  /** The ids of the results that fields depend on; undefined where one is missing. */
  results: (ValueNode | undefined)[];
}

const examined = new WeakMap<DocumentNode, ExaminedFields>();

function examinedFields(document: DocumentNode): ExaminedFields {
  let found = examined.get(document);
  if (found === undefined) {
    found = examine(document);
    examined.set(document, found);
  }
  return found;
}

function examine(document: DocumentNode): ExaminedFields {
  const types = new TypeInfo(schema);
  const found: ExaminedFields = { isMutable: false, hasAnnotations: false, results: [] };
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ arguments: given = [] }) {
        const field = types.getFieldDef();
        if (field == null) return;
        const { mutable, annotation, dependsOnResult } = factsOf(field);
        found.isMutable ||= mutable === true;
        found.hasAnnotations ||= annotation === true;
        if (dependsOnResult !== undefined) {
          found.results.push(given.find(({ name }) => name.value === dependsOnResult)?.value);
        }
      },
    }),
  );
  return found;
}

function textOf(value: ValueNode | undefined, variables: Record<string, unknown>): string | null {
  if (value?.kind === Kind.STRING) return value.value;
  const given = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof given === "string" ? given : null;
}
