import { type DefinitionNode, type DocumentNode, type FieldNode, Kind, type SelectionNode } from "graphql";

/** Defines a measure of a document, which is computed from the leaves up. */
export interface Measure<Value> {
  /** The measure of an empty selection. */
  readonly nothing: Value;
  /** Combines the measures of two selections beside each other. */
  together(one: Value, other: Value): Value;
  /** Returns the measure of a field from that of its selection set. */
  field(node: FieldNode, below: Value): Value;
  /**
   * Returns the measure of any other node, a definition, a fragment spread or an inline fragment, from that
   * of its selection set. Default: the same measure.
   */
  other?(node: DefinitionNode | SelectionNode, below: Value): Value;
}

/**
 * Creates a function that measures each operation of a document, which need not be valid. A fragment counts
 * wherever it is spread but is visited only once, so that the time is linear in the length of the document
 * even if fragments spread one another. Where a fragment spreads itself, it counts as `nothing` (validation
 * refuses it), and one that is never spread counts as an operation. The results are cached per document.
 */
export function measureOperations<Value>(
  measure: Measure<Value>,
): (document: DocumentNode) => readonly Value[] {
  const cache = new WeakMap<DocumentNode, readonly Value[]>();
  return (document) => {
    let values = cache.get(document);
    if (!values) {
      values = measured(document, measure);
      cache.set(document, values);
    }
    return values;
  };
}

function measured<Value>(document: DocumentNode, measure: Measure<Value>): Value[] {
  const { nothing, together, field, other = (_, below) => below } = measure;
  const fragments = new Map<string, DefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<DefinitionNode, Value>();
  const spread = new Set<string>();

  function ofDefinition(definition: DefinitionNode): Value {
    let value = known.get(definition);
    if (value === undefined) {
      known.set(definition, nothing);
      value = of(definition);
      known.set(definition, value);
    }
    return value;
  }

  function of(node: DefinitionNode | SelectionNode): Value {
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      spread.add(node.name.value);
      const fragment = fragments.get(node.name.value);
      return other(node, fragment ? ofDefinition(fragment) : nothing);
    }
    let below = nothing;
    if ("selectionSet" in node && node.selectionSet) {
      for (const selection of node.selectionSet.selections) below = together(below, of(selection));
    }
    return node.kind === Kind.FIELD ? field(node, below) : other(node, below);
  }

  document.definitions.forEach(ofDefinition);
  return document.definitions
    .filter(
      (definition) => !(definition.kind === Kind.FRAGMENT_DEFINITION && spread.has(definition.name.value)),
    )
    .map(ofDefinition);
}
