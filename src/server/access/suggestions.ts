import type { ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { withoutSuggestion } from "../limits/graphqlMessages.js";

/**
 * Keeps errors from suggesting names that a client may have meant. Suggestions would reveal the schema even
 * if introspection is off, and computing them takes longer than the rest of validating a document of wrong
 * names.
 */
export function withoutSuggestions(): Plugin {
  const strip = ({ errors = [] }: ExecutionResult) => {
    for (const error of errors) error.message = withoutSuggestion(error.message);
  };
  return {
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn((schema, document, rules, options) =>
        validateFn(schema, document, rules, { ...options, hideSuggestions: true }),
      );
    },
    onExecute: () => ({
      onExecuteDone({ result }) {
        if (!isAsyncIterable(result)) strip(result as ExecutionResult);
      },
    }),
    onSubscribe: () => ({
      onSubscribeResult({ result }) {
        if (!isAsyncIterable(result)) strip(result as ExecutionResult);
      },
    }),
  };
}
