import { type DefinitionNode, type DocumentNode, type FieldNode, Kind, type SelectionNode } from "graphql";

/** How a document is measured, from its leaves up. */
export interface Measure<Value> {
  /** Of no selection. */
  readonly nothing: Value;
  /** Of two selections that stand side by side. */
  together(one: Value, other: Value): Value;
  /** Of a field, by what is below it. */
  field(node: FieldNode, below: Value): Value;
  /** Of anything else: a definition, a spread, an inline fragment. Default: what is below it. */
  other?(node: DefinitionNode | SelectionNode, below: Value): Value;
}

/**
 * Measures each operation of a document, which need not be valid. A fragment counts wherever it is spread and is
 * visited once, so that fragments that spread one another cost no more than their text. A fragment that spreads
 * itself counts as nothing there (validation refuses it), and one that is spread nowhere counts like an operation.
 * The result is cached with the document.
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
