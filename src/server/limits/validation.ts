import type { Plugin } from "graphql-yoga";
import { isValidationAborted } from "./graphqlMessages.js";
import type { Refuse } from "./rejections.js";

/** The steps in which graphql compares fields that may conflict before it gives a document up. */
const maximum = 500_000;
/** How many errors of a document are reported, besides that there are more: making one takes longer than finding it. */
const mostErrors = 10;

/**
 * Ends validation after ten errors, and refuses a document that graphql gave up on because comparing its fields takes
 * too many steps.
 */
export function limitValidation(refuse: Refuse): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn((schema, document, rules, options) =>
        validateFn(schema, document, rules, { ...options, maxErrors: mostErrors }),
      );
      return ({ result }) => {
        if (!result.some(isValidationAborted)) return;
        const message = "The document takes too long to validate: ask for each field once.";
        throw refuse({ limit: "VALIDATION", maximum, message });
      };
    },
  };
}
