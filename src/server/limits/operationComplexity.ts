import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from "graphql";
import { defaultPageSize, largestPageSize } from "../../resolvers/pagination/pageArguments.js";
import { factsOf } from "../../schema/fieldFacts.js";

/** The arguments of an execution, as far as they determine the complexity of an operation. */
export interface MeasuredOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null;
  variableValues?: Readonly<Record<string, unknown>> | null;
}

/**
 * Maximum number of selection sets that are counted. No document within the other limits needs more; one that
 * does is refused rather than counted completely.
 */
const mostSelectionSets = 2000;

/**
 * Returns the maximum number of objects that an operation may have to read. Each row of a page and each item
 * of a list counts once for each object that may be its parent. Edges, page infos, scalars and introspection
 * are free, and a page of which only `totalCount` is selected reads no rows.
 * @returns Infinity if there is too much to count; 0 if the document has no operation to execute
 */
export function operationComplexity(operation: MeasuredOperation): number {
  const { schema, document, operationName, variableValues } = operation;
  const definition = getOperationAST(document, operationName);
  const root = definition && schema.getRootType(definition.operation);
  if (!root) return 0;
  const count = new Count(schema, document, definition, variableValues ?? {});
  try {
    count.selections(root, [definition.selectionSet], 1);
  } catch (error) {
    if (error instanceof TooMuchToCount) return Number.POSITIVE_INFINITY;
    throw error;
  }
  return count.objects;
}

class TooMuchToCount extends Error {}

/** Fields of one selection set that the executor merges, because they have the same name in the response. */
interface MergedField {
  node: FieldNode;
  selectionSets: SelectionSetNode[];
}

class Count {
  objects = 0;
  #selectionSets = 0;
  /** The argument `input` of the mutation whose payload is being counted. */
  #input: unknown;
  readonly #schema: GraphQLSchema;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #defaults = new Map<string, ValueNode>();
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    { variableDefinitions = [] }: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#schema = schema;
    this.#variables = variables;
    for (const { variable, defaultValue } of variableDefinitions) {
      if (defaultValue) this.#defaults.set(variable.name.value, defaultValue);
    }
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  /**
   * Counts the objects below `times` objects of a type. For an interface or union, its most expensive type
   * counts.
   */
  selections(type: GraphQLNamedType, selectionSets: SelectionSetNode[], times: number): void {
    if (times === 0) return;
    if (isAbstractType(type)) {
      const before = this.objects;
      let most = before;
      for (const possible of this.#schema.getPossibleTypes(type)) {
        this.objects = before;
        this.selections(possible, selectionSets, times);
        most = Math.max(most, this.objects);
      }
      this.objects = most;
      return;
    }
    if (!isObjectType(type)) return;
    if (++this.#selectionSets > mostSelectionSets) throw new TooMuchToCount();
    const fields = type.getFields();
    for (const merged of this.#merged(type, selectionSets).values()) {
      const field = fields[merged.node.name.value];
      if (field) this.#field(type, field, merged, times);
    }
  }

  #field(
    parent: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    merged: MergedField,
    times: number,
  ): void {
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return;
    if (isPage(field)) {
      this.#page(type as GraphQLObjectType, field, merged, times);
      return;
    }
    if (parent === this.#schema.getMutationType()) this.#input = this.#argument(field, merged.node, "input");
    const size = isListType(getNullableType(field.type)) ? this.#listSize(field, merged.node) : 1;
    this.objects += times * size * (factsOf(field).weight ?? 1);
    this.selections(type, merged.selectionSets, times * size);
  }

  #page(
    connection: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    { node, selectionSets }: MergedField,
    times: number,
  ): void {
    const requested = [...this.#merged(connection, selectionSets).values()];
    const rows = times * this.#pageSize(field, node);
    const readsRows = requested.some(
      ({ node }) => node.name.value === "edges" || node.name.value === "pageInfo",
    );
    if (!readsRows || rows === 0) return;
    this.objects += rows;
    const edge = getNamedType(connection.getFields().edges.type) as GraphQLObjectType;
    const edgeFields = edge.getFields();
    for (const { node, selectionSets } of requested) {
      if (node.name.value !== "edges") continue;
      for (const merged of this.#merged(edge, selectionSets).values()) {
        const field = edgeFields[merged.node.name.value];
        // The row itself has already been counted.
        if (field?.name === "node") this.selections(getNamedType(field.type), merged.selectionSets, rows);
        else if (field) this.#field(edge, field, merged, rows);
      }
    }
  }

  /**
   * Returns the page size that the resolvers use. A size that they refuse counts as the nearest size that
   * they accept.
   */
  #pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const first = this.#argument(field, node, "first");
    const size = first ?? this.#argument(field, node, "last") ?? defaultPageSize;
    return within(size, largestPageSize);
  }

  #listSize(field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const { size, sizedBy, sizedByInput, sizedByCombinations } = factsOf(field);
    if (sizedByCombinations !== undefined) {
      const lists = Object.values(Object(this.#argument(field, node, sizedByCombinations)));
      // GraphQL accepts one item as a list of one.
      const combinations = lists.reduce<number>(
        (product, list) => product * (Array.isArray(list) ? list.length : 1),
        1,
      );
      return within(combinations, size ?? largestPageSize);
    }
    if (sizedBy !== undefined) {
      const sizes = [sizedBy].flat().map((name) => {
        const value = this.#argument(field, node, name);
        if (Array.isArray(value)) return value.length;
        const isList = isListType(
          getNullableType(field.args.find((argument) => argument.name === name)?.type),
        );
        return isList ? 1 : value; // GraphQL accepts one item as a list of one
      });
      return Math.max(...sizes.map((value) => within(value, size ?? largestPageSize)));
    }
    if (sizedByInput !== undefined) {
      const items = (this.#input as Record<string, unknown> | null | undefined)?.[sizedByInput];
      return Array.isArray(items) ? items.length : 1;
    }
    return size ?? defaultPageSize;
  }

  /**
   * Returns the value of an argument: its literal, its variable or its default, which also replaces null.
   * Undefined or null if there is no value.
   */
  #argument(
    field: GraphQLField<unknown, unknown>,
    { arguments: given = [] }: FieldNode,
    name: string,
  ): unknown {
    const node = (given as readonly ArgumentNode[]).find((argument) => argument.name.value === name);
    const value = node && this.#value(node.value);
    return value ?? field.args.find((argument) => argument.name === name)?.defaultValue;
  }

  #value(node: ValueNode): unknown {
    if (node.kind === Kind.LIST) return node.values.map((item) => this.#value(item));
    if (node.kind === Kind.OBJECT) {
      return Object.fromEntries(node.fields.map((field) => [field.name.value, this.#value(field.value)]));
    }
    if (node.kind !== Kind.VARIABLE) return valueFromASTUntyped(node);
    const name = node.name.value;
    if (Object.hasOwn(this.#variables, name)) return this.#variables[name];
    const byDefault = this.#defaults.get(name);
    return byDefault && valueFromASTUntyped(byDefault);
  }

  /** Returns the fields of selection sets on one type, merged as the executor merges them. */
  #merged(type: GraphQLObjectType, selectionSets: SelectionSetNode[]): Map<string, MergedField> {
    const found = new Map<string, MergedField>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode) => {
      for (const selection of selections) {
        if (this.#isLeftOut(selection.directives)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const merged = found.get(key) ?? { node: selection, selectionSets: [] };
          if (selection.selectionSet) merged.selectionSets.push(selection.selectionSet);
          found.set(key, merged);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (this.#applies(selection.typeCondition?.name.value, type)) collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = this.#fragments.get(selection.name.value);
          if (fragment && this.#applies(fragment.typeCondition.name.value, type))
            collect(fragment.selectionSet);
        }
      }
    };
    selectionSets.forEach(collect);
    return found;
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.#schema.getType(condition);
    return isAbstractType(named) && this.#schema.isSubType(named, type);
  }

  /** Whether `@skip` or `@include` excludes a selection. */
  #isLeftOut(directives: readonly DirectiveNode[] = []): boolean {
    return directives.some(({ name, arguments: [condition] = [] }) => {
      const value = condition && this.#value(condition.value);
      return (name.value === "skip" && value === true) || (name.value === "include" && value === false);
    });
  }
}

/**
 * Whether a field returns pages: a connection whose size is determined by the arguments `first` and `last`.
 */
export function isPage({ args, type }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  const sized = args.some(({ name }) => name === "first") && args.some(({ name }) => name === "last");
  return sized && isObjectType(named) && "edges" in named.getFields();
}

function within(size: unknown, largest: number): number {
  return Math.min(Math.max(Number(size) || 0, 0), largest);
}
