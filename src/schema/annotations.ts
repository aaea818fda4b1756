import {
  annotateCluster,
  annotateClusteringResult,
  longestName,
  longestNote,
} from "../resolvers/clusterings/annotate.js";
import { DomainError, NotFoundError } from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import { forgetLoaded } from "./context.js";
import { invalidInputError, notFoundError } from "./errors.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";

const note = longestNote.toLocaleString("en-US");
const lengths = { name: `1 to ${longestName} characters`, note: `1 to ${note} characters` };

builder.prismaObjectFields(clusteringResult, (t) => ({
  name: t.string({
    nullable: true,
    extensions: { annotation: true },
    description: `What people call the result, ${lengths.name}; null if nobody has named it. Set it by annotateClusteringResult. It is part of no computation and no digest.`,
    resolve: async ({ id }, _, { loaders }) =>
      (await loaders.clusteringResultAnnotation.load(id))?.name ?? null,
  }),
  note: t.string({
    nullable: true,
    extensions: { annotation: true },
    description: `What people have noted about the result, ${lengths.note}; null if there is nothing. Set it by annotateClusteringResult.`,
    resolve: async ({ id }, _, { loaders }) =>
      (await loaders.clusteringResultAnnotation.load(id))?.note ?? null,
  }),
}));

builder.prismaObjectFields(cluster, (t) => ({
  name: t.string({
    nullable: true,
    extensions: { annotation: true },
    description: `What people, or a model, call the cluster, ${lengths.name}; null if it has no name. Set it by annotateCluster. It belongs to this cluster, not to its label: other results do not have it. It is part of no computation and no digest.`,
    resolve: async ({ id }, _, { loaders }) => (await loaders.clusterAnnotation.load(id))?.name ?? null,
  }),
  note: t.string({
    nullable: true,
    extensions: { annotation: true },
    description: `What people, or a model, have noted about the cluster, ${lengths.note}; null if there is nothing. Set it by annotateCluster.`,
    resolve: async ({ id }, _, { loaders }) => (await loaders.clusterAnnotation.load(id))?.note ?? null,
  }),
}));

const stays = "null removes it. Absent: it stays as it is.";

/**
 * @param what is annotated
 * @param short the same in fewer words
 */
const annotationInput = (name: string, what: string, short: string) =>
  builder.inputType(name, {
    description: `The ${what} to annotate, and what to say about it: a name, a note or both.`,
    fields: (t) => ({
      id: t.id({ required: true, description: `The id of the ${what}.` }),
      name: t.string({
        description: `The ${short}'s name, ${lengths.name}, not only white space; ${stays}`,
      }),
      note: t.string({
        description: `The note about the ${short}, ${lengths.note}, not only white space; ${stays}`,
      }),
    }),
  });

const annotateClusterInput = annotationInput("AnnotateClusterInput", "cluster", "cluster");
const annotateClusteringResultInput = annotationInput(
  "AnnotateClusteringResultInput",
  "clustering result",
  "result",
);

const annotateClusterPayload = payload(
  "AnnotateClusterPayload",
  "The outcome of annotateCluster: the cluster, or an error.",
  () => [cluster, notFoundError, invalidInputError],
);

const annotateClusteringResultPayload = payload(
  "AnnotateClusteringResultPayload",
  "The outcome of annotateClusteringResult: the clustering result, or an error.",
  () => [clusteringResult, notFoundError, invalidInputError],
);

builder.mutationFields((t) => ({
  annotateCluster: t.field({
    type: annotateClusterPayload,
    nullable: true,
    description: `Names a cluster, notes something about it, or removes what was said. Calls at the same time take effect one after the other. An input with neither a name nor a note is an error. Annotations are deleted with the clustering result. ${nullWithFailure}`,
    args: {
      input: t.arg({
        type: annotateClusterInput,
        required: true,
        description: "The cluster, and what to say about it.",
      }),
    },
    resolve: async (_, { input }, context) => {
      const outcome = await annotateCluster(context.app, input, context.cancellation.signal);
      forgetLoaded(context);
      if (outcome === null) return new NotFoundError(input.id);
      return outcome instanceof DomainError ? outcome : present(context.loaders.cluster, outcome.id);
    },
  }),
  annotateClusteringResult: t.field({
    type: annotateClusteringResultPayload,
    nullable: true,
    description: `Names a clustering result, notes something about it, or removes what was said; the clustering may be in any state. Calls at the same time take effect one after the other. An input with neither a name nor a note is an error. Annotations are deleted with the clustering result. ${nullWithFailure}`,
    args: {
      input: t.arg({
        type: annotateClusteringResultInput,
        required: true,
        description: "The clustering result, and what to say about it.",
      }),
    },
    resolve: async (_, { input }, context) => {
      const outcome = await annotateClusteringResult(context.app, input, context.cancellation.signal);
      forgetLoaded(context);
      if (outcome === null) return new NotFoundError(input.id);
      return outcome instanceof DomainError ? outcome : present(context.loaders.clusteringResult, outcome.id);
    },
  }),
}));
