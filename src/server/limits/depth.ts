import type { Plugin } from "graphql-yoga";
import { measureThroughFragments } from "./documentMeasures.js";
import type { Refuse } from "./rejections.js";

/** Levels of fields. Below `__schema` and `__type` they are counted apart: tools need more there. */
interface Levels {
  levels: number;
  introspection: number;
}

const introspectionFields = new Set(["__schema", "__type"]);

/** The levels of each operation. */
export const depths = measureThroughFragments<Levels>({
  nothing: { levels: 0, introspection: 0 },
  together: (one, other) => ({
    levels: Math.max(one.levels, other.levels),
    introspection: Math.max(one.introspection, other.introspection),
  }),
  field: ({ name }, { levels, introspection }) =>
    introspectionFields.has(name.value)
      ? { levels: 1, introspection: Math.max(levels + 1, introspection) }
      : { levels: levels + 1, introspection },
});

/** Refuses a document whose fields lie deeper than `maximum` levels: `{ run { id } }` has two. */
export function limitDepth(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const actual = Math.max(0, ...depths(params.documentAST).map(({ levels }) => levels));
      if (actual <= maximum) return;
      const message = `The document is ${actual} levels deep, and ${maximum} are allowed.`;
      throw refuse({ limit: "DEPTH", maximum, actual, message });
    },
  };
}
