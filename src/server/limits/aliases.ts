import type { Plugin } from "graphql-yoga";
import { measureThroughFragments, sum, telling } from "./documentMeasures.js";
import type { Refuse } from "./rejections.js";

/** The aliases of each operation, those of `__typename` among them, at each place where a fragment brings them. */
const aliases = measureThroughFragments<number>({
  nothing: 0,
  together: sum,
  field: ({ alias }, below) => below + (alias ? 1 : 0),
});

/** Refuses a document whose operation asks under more than `maximum` aliases: they multiply what it costs. */
export function limitAliases(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const actual = Math.max(0, ...aliases(params.documentAST));
      if (actual <= maximum) return;
      const message = `The document has more than ${maximum} aliases.`;
      throw refuse({ limit: "ALIASES", maximum, actual: telling(actual), message });
    },
  };
}
