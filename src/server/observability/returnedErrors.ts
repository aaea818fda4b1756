import { defaultFieldResolver } from "graphql";
import { DomainError } from "../../resolvers/errors.js";
import type { FieldConfig } from "../fieldConfig.js";

/**
 * Makes a mutation report an error that it returns to the context's `noteError`: such errors are data, which
 * executors do not report.
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
