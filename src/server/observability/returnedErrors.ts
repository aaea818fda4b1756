import { defaultFieldResolver } from "graphql";
import { DomainError } from "../../resolvers/errors.js";
import type { FieldConfig } from "../fieldConfig.js";

/**
 * Has a mutation report to the context's `noteError` the error that it returns: such errors are data, and no executor
 * reports them.
 */
export function noteReturnedError(mutation: FieldConfig): FieldConfig {
  const { resolve = defaultFieldResolver } = mutation;
  return {
    ...mutation,
    async resolve(source, args, context, info) {
      const outcome = await resolve(source, args, context, info);
      if (outcome instanceof DomainError) context.noteError?.(outcome.code);
      return outcome;
    },
  };
}
