import type { GraphQLSchema } from "graphql";
import { builder } from "../builder.js";
import type { Context } from "../context.js";
import { countAnswers } from "../limits/answerSize.js";
import { DomainError } from "../resolvers/errors.js";
import "./scalars.js";
import "./connections.js";
import "./node.js";
import "./errors.js";
import "./run.js";
import "./invocation.js";
import "./embeddingModel.js";
import "./embedding.js";
import "./clusteringResult.js";
import "./cluster.js";
import "./clusterAssignment.js";
import "./clusterEmbeddings.js";
import "./recordTrajectories.js";

builder.queryType({ description: "What can be read." });
builder.mutationType({ description: "What can be changed." });
builder.subscriptionType({ description: "What can be watched, as server-sent events." });

export const schema = countAnswers(builder.toSchema());
noteReturnedErrors(schema);

/** Errors that mutations return are data, and no executor tells of them: each mutation's field does it itself. */
function noteReturnedErrors(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    field.resolve = async (source, args, context: Context, info) => {
      const outcome = await resolve?.(source, args, context, info);
      if (outcome instanceof DomainError) context.noteError?.(outcome.code);
      return outcome;
    };
  }
}
