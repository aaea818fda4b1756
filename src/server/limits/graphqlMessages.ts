// graphql gives these errors no code, so they are recognised by their messages. Another release may word them
// otherwise: package.json pins graphql's version, and graphqlMessages.test.ts has graphql itself make each of them.

/** By `parse` with `maxTokens`. The typo is graphql's. */
export const isTokenLimit = matches(/more that \d+ tokens/);

/** By its NoSchemaIntrospectionCustomRule. */
export const isIntrospectionDisabled = matches(/^GraphQL introspection has been disabled/);

/** By its MaxIntrospectionDepthRule: lists of fields, of types and the like within one another. */
export const isIntrospectionCircular = matches(/^Maximum introspection depth exceeded/);

/** By `validate` where comparing the fields of a document takes too many steps; that errors are too many is another. */
export const isValidationAborted = matches(/^Validation aborted\.$/);

/** By an execution, of an argument that only its variable made invalid. */
export const isArgumentInvalid = matches(/^Argument "/);

function matches(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && pattern.test(error.message);
}

/**
 * Removes the suggestions that graphql adds to the message of a variable that is not valid, in spite of its option
 * `hideSuggestions`. The message repeats the variable's value, which may be of any length: each character is looked at
 * once.
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
