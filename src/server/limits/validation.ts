import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";

/** graphql compares fields that may conflict up to so many steps; its error has no code. */
const maximum = 500_000;
const aborted = "Validation aborted.";
/** So many errors of a document are told, and that there are more: to make one takes longer than to find it. */
const mostErrors = 10;

/**
 * Ends validation after ten errors, and tells a client whose document graphql gave up on, since comparing its fields
 * takes too many steps.
 */
export function limitValidation(refuse: Refuse): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn((schema, document, rules, options) =>
        validateFn(schema, document, rules, { ...options, maxErrors: mostErrors }),
      );
      return ({ result }) => {
        if (!(result as Error[]).some(({ message }) => message === aborted)) return;
        const message = "The document takes too long to validate: ask for each field once.";
        throw refuse({ limit: "VALIDATION", maximum, message });
      };
    },
  };
}
