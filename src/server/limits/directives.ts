import type { Plugin } from "graphql-yoga";
import { measureThroughFragments, telling } from "./documentMeasures.js";
import type { Refuse } from "./rejections.js";

interface Directed {
  directives?: readonly unknown[];
  variableDefinitions?: readonly Directed[];
}

/** How many directives stand on a node, and on the variables that it defines. */
function on(node: object): number {
  const { directives = [], variableDefinitions = [] } = node as Directed;
  return variableDefinitions.reduce((count, variable) => count + on(variable), directives.length);
}

/** No place can use more: @skip and @include stand once each. */
const mostAtOnePlace = 4;

interface Directives {
  /** At each place where a fragment brings them. */
  all: number;
  atOnePlace: number;
}

const together = (one: Directives, other: Directives): Directives => ({
  all: one.all + other.all,
  atOnePlace: Math.max(one.atOnePlace, other.atOnePlace),
});
const including = (node: object, below: Directives) =>
  together({ all: on(node), atOnePlace: on(node) }, below);

const mostOf = (operations: readonly Directives[]): Directives => ({
  all: Math.max(0, ...operations.map(({ all }) => all)),
  atOnePlace: Math.max(0, ...operations.map(({ atOnePlace }) => atOnePlace)),
});

/** The directives of each operation. */
const directives = measureThroughFragments<Directives>({
  nothing: { all: 0, atOnePlace: 0 },
  together,
  field: including,
  other: including,
});

/**
 * Refuses a document whose operation has more than `maximum` directives, or more at one place than have a meaning: no
 * error is made for each then.
 */
export function limitDirectives(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const { all, atOnePlace } = mostOf(directives(params.documentAST));
      if (all > maximum) {
        const message = `The document has more than ${maximum} directives.`;
        throw refuse({ limit: "DIRECTIVES", maximum, actual: telling(all), message });
      }
      if (atOnePlace > mostAtOnePlace) {
        const message = `The document has ${atOnePlace} directives at one place, and ${mostAtOnePlace} are allowed.`;
        throw refuse({ limit: "DIRECTIVES", maximum: mostAtOnePlace, actual: atOnePlace, message });
      }
    },
  };
}
