import type { Plugin } from "graphql-yoga";
import { isIntrospectionCircular, isValidationAborted } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** The steps in which graphql compares fields that may conflict before it gives a document up. */
const mostComparisons = 500_000;
/** How many lists of fields, of types and the like may lie within one another, by graphql's own rule. */
const mostIntrospectedLists = 2;
/** How many errors of a document are reported, besides that there are more: making one takes longer than finding it. */
const mostErrors = 10;

/**
 * Ends validation after ten errors, and refuses a document that graphql gave up on, because comparing its fields takes
 * too many steps or because its introspection goes round in circles, from a type through its fields to their types.
 */
export function limitValidation(refuse: Refuse): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn((schema, document, rules, options) =>
        validateFn(schema, document, rules, { ...options, maxErrors: mostErrors }),
      );
      return ({ result }) => {
        if (result.some(isIntrospectionCircular)) {
          throw refuse({
            limit: "INTROSPECTION_DEPTH",
            maximum: mostIntrospectedLists,
            message: `The introspection goes round: at most ${mostIntrospectedLists} lists may lie within one another.`,
          });
        }
        if (result.some(isValidationAborted)) {
          throw refuse({
            limit: "VALIDATION",
            maximum: mostComparisons,
            message: "The document takes too long to validate: ask for each field once.",
          });
        }
      };
    },
  };
}
