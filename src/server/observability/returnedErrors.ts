import type { GraphQLSchema } from "graphql";
import { DomainError } from "../../resolvers/errors.js";
import type { Context } from "../../schema/context.js";

/**
 * Has each mutation tell the context's `noteError` of the error that it answers with: such errors are data, and no
 * executor tells of them.
 */
export function noteReturnedErrors(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    field.resolve = async (source, args, context: Context, info) => {
      const outcome = await resolve?.(source, args, context, info);
      if (outcome instanceof DomainError) context.noteError?.(outcome.code);
      return outcome;
    };
  }
  return schema;
}
