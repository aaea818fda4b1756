import { Kind, parse } from "graphql";

/**
 * Maximum number of tokens. The mutation itself needs about ten; the rest is for selecting details of its
 * result.
 */
const mostTokens = 1000;

/**
 * Whether every operation of a document is a mutation that selects nothing but recordTrajectories and
 * `__typename`.
 */
export function isRecordingAlone(text: string): boolean {
  let document: ReturnType<typeof parse>;
  try {
    document = parse(text, { noLocation: true, maxTokens: mostTokens });
  } catch {
    return false;
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return (
    operations.length > 0 &&
    document.definitions.every(
      (definition) =>
        definition.kind !== Kind.OPERATION_DEFINITION ||
        (definition.operation === "mutation" &&
          definition.selectionSet.selections.every(
            (selection) =>
              selection.kind === Kind.FIELD &&
              ["recordTrajectories", "__typename"].includes(selection.name.value),
          )),
    )
  );
}
