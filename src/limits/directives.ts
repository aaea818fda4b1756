import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";
import { measureThroughFragments, sum, telling } from "./throughFragments.js";

interface Directed {
  directives?: readonly unknown[];
  variableDefinitions?: readonly Directed[];
}

/** How many directives stand on a node, and on the variables that it defines. */
function on(node: object): number {
  const { directives = [], variableDefinitions = [] } = node as Directed;
  return variableDefinitions.reduce((count, variable) => count + on(variable), directives.length);
}

/** The directives of each operation, at each place where a fragment brings them. */
const directives = measureThroughFragments<number>({
  nothing: 0,
  together: sum,
  field: (node, below) => below + on(node),
  other: (node, below) => below + on(node),
});

/** Refuses a document whose operation has more than `maximum` directives. */
export function limitDirectives(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const actual = Math.max(0, ...directives(params.documentAST));
      if (actual <= maximum) return;
      const message = `The document has more than ${maximum} directives.`;
      throw refuse({ limit: "DIRECTIVES", maximum, actual: telling(actual), message });
    },
  };
}
