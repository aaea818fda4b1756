import type { Plugin } from "graphql-yoga";
import { depths } from "./depth.js";
import { isIntrospectionCircular } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** By graphql's own rule. */
const mostListsWithinOneAnother = 2;

/**
 * Refuses introspection that lies deeper than `maximum` levels, `__schema` being the first, or that goes round in
 * circles, from a type through its fields to their types.
 */
export function limitIntrospectionDepth(maximum: number, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      const actual = Math.max(0, ...depths(params.documentAST).map(({ introspection }) => introspection));
      if (actual > maximum) {
        const message = `The introspection is ${actual} levels deep, and ${maximum} are allowed.`;
        throw refuse({ limit: "INTROSPECTION_DEPTH", maximum, actual, message });
      }
      return ({ result }) => {
        if (!result.some(isIntrospectionCircular)) return;
        const message = `The introspection goes round: at most ${mostListsWithinOneAnother} lists may lie within one another.`;
        throw refuse({ limit: "INTROSPECTION_DEPTH", maximum: mostListsWithinOneAnother, message });
      };
    },
  };
}
