import type { ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/**
 * Keeps errors from suggesting what a client may have meant: guesses would uncover the schema where introspection is
 * off, and finding them takes longer than all else in a document of wrong names.
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

/**
 * Removes what graphql adds to the message of a variable that is not valid, in spite of its option. The message repeats
 * the variable's value, which may be of any length: each character is looked at once.
 */
export function withoutSuggestion(message: string): string {
  const opening = "Did you mean ";
  let kept = "";
  for (let from = 0; ; ) {
    const start = message.indexOf(opening, from);
    const end = start < 0 ? -1 : message.indexOf("?", start + opening.length);
    if (end < 0) return kept + message.slice(from);
    kept += message.slice(from, start > from && message[start - 1] === " " ? start - 1 : start);
    from = end + 1;
  }
}
