// graphql-js gives these errors no code, so they are recognised by their messages. Another release may word
// them differently: package.json pins the version of graphql-js, and graphqlMessages.test.ts makes it produce
// each of them.

/** Whether an error is the one that `parse` throws beyond `maxTokens`. The typo is graphql-js's. */
export const isTokenLimit = matches(/more that \d+ tokens/);

/** Whether an error is one of NoSchemaIntrospectionCustomRule. */
export const isIntrospectionDisabled = matches(/^GraphQL introspection has been disabled/);

/**
 * Whether an error is one of MaxIntrospectionDepthRule, which limits how deep lists of fields, types and the
 * like are nested.
 */
export const isIntrospectionCircular = matches(/^Maximum introspection depth exceeded/);

/**
 * Whether an error is the one that `validate` reports if comparing the fields of a document takes too many
 * steps. Too many errors have a different message.
 */
export const isValidationAborted = matches(/^Validation aborted\.$/);

/** Whether an error of an execution concerns an argument that only the value of a variable made invalid. */
export const isArgumentInvalid = matches(/^Argument "/);

function matches(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && pattern.test(error.message);
}

/**
 * Removes the suggestions that graphql-js adds to the message about an invalid variable despite its option
 * `hideSuggestions`. The message repeats the variable's value, which may have any length, so the time is
 * linear in its length.
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
