import type { Plugin } from "graphql-yoga";
import { isIntrospectionCircular, isValidationAborted } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** The number of steps after which graphql-js stops comparing fields that may conflict. */
const mostComparisons = 500_000;
/** Maximum nesting of lists of fields, of types and the like that graphql-js's own rule allows. */
const mostIntrospectedLists = 2;
/**
 * Maximum number of errors of a document that are reported, besides one that says there are more. Creating an
 * error takes longer than finding it.
 */
const mostErrors = 10;

/**
 * Ends validation after `mostErrors` errors, and refuses a document that graphql-js stopped validating,
 * because comparing its fields takes too many steps or because its introspection is circular, from a type
 * through its fields to their types.
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
