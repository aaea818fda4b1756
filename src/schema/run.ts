import { NotFoundError } from "../resolvers/errors.js";
import { formatGlobalId } from "../resolvers/globalId.js";
import { connection } from "../resolvers/pagination/connection.js";
import { runClusterPath, runInvocations, runs } from "../resolvers/pagination/runKeysets.js";
import { deleteRun } from "../resolvers/recording/deleteRun.js";
import { runColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { clusterAssignment, clusterAssignmentConnection } from "./clusterAssignment.js";
import { forgetLoaded } from "./context.js";
import { notFoundError, runInUseError } from "./errors.js";
import { invocation, invocationConnection } from "./invocation.js";
import { idOf } from "./node.js";
import { payload } from "./payload.js";
import { nullWithError, nullWithFailure } from "./rootFields.js";

export const run = builder.prismaNode("Run", {
  id: { field: "id" },
  select: runColumns,
  description: "One execution of a network of generative models from a prompt.",
});

const runConnection = builder.connectionObject({ type: run, name: "RunConnection" });

builder.prismaObjectFields(run, (t) => ({
  network: t.stringList({
    description: "The models, in the order in which they take turns.",
    resolve: (row) => JSON.parse(row.network) as string[],
  }),
  initialPrompt: t.string({
    description: "What the first model was given.",
    resolve: (row) => row.initialPrompt,
  }),
  seed: t.field({
    type: "BigInt",
    nullable: true,
    description: "Of the run's randomness, a whole number of up to 64 bits; null: not recorded.",
    resolve: (row) => row.seed,
  }),
  maxLength: t.int({
    nullable: true,
    description: "After how many invocations the run was to end, 1 or more; null: not recorded.",
    resolve: (row) => row.maxLength,
  }),
  invocations: t.connection(
    {
      type: invocation,
      extensions: { mutable: true },
      description: "By sequenceNumber, ascending. Pages of 20 unless told, at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, runInvocations, row.id, args, { prime: loaders.invocation }),
    },
    invocationConnection,
  ),
  clusterPath: t.connection(
    {
      type: clusterAssignment,
      extensions: { mutable: true },
      nullable: true,
      description:
        "The run as a path through the clusters, one step per embedding, in sequence order. Null where the result does not exist or did not succeed. Pages of 20 unless told, at most 500.",
      args: {
        clusteringResultId: t.arg.id({ required: true, description: "Whose clusters: a ClusteringResult." }),
      },
      resolve: async (row, { clusteringResultId, ...args }, { loaders }) => {
        const resultId = idOf("ClusteringResult", clusteringResultId, "clusteringResultId");
        const path = connection(loaders, runClusterPath(resultId), row.id, args);
        const result = await loaders.clusteringResult.load(resultId);
        return result?.status === "SUCCEEDED" ? path : null;
      },
    },
    clusterAssignmentConnection,
  ),
}));

const runFilter = builder.inputType("RunFilter", {
  description: "What matches all of it.",
  fields: (t) => ({
    networks: t.field({
      type: [t.listRef("String", { required: true })],
      description: "Runs with one of these networks: the same models in the same order. Absent: with any.",
    }),
    initialPrompts: t.stringList({
      description: "Runs with one of these prompts, exactly. Absent: with any.",
    }),
    embeddingModel: t.string({
      description: "The name of an embedding model: runs that have an embedding of it. Absent: all.",
    }),
  }),
});

builder.queryFields((t) => ({
  run: t.field({
    type: run,
    nullable: true,
    description: "A run by its id. Null: there is none.",
    args: { id: t.arg.id({ required: true, description: "Of a Run." }) },
    resolve: (_, { id }, { loaders }) => loaders.run.load(idOf("Run", id)),
  }),
  runs: t.connection(
    {
      type: run,
      nullable: true,
      description: `Newest first, by when they were recorded. Pages of 20 unless told, at most 500. ${nullWithError}`,
      args: { filter: t.arg({ type: runFilter, description: "Absent: all of them." }) },
      resolve: (_, { filter, ...args }, { loaders }) =>
        connection(loaders, runs(filter ?? {}, loaders.reader.dialect), null, args, { prime: loaders.run }),
    },
    runConnection,
  ),
}));

const deletedRun = builder.objectRef<{ deletedId: string }>("DeletedRun").implement({
  description: "A run that is no more.",
  fields: (t) => ({ deletedId: t.exposeID("deletedId", { description: "The id that the run had." }) }),
});

const deleteRunPayload = payload("DeleteRunPayload", "What deleteRun returns.", () => [
  deletedRun,
  notFoundError,
  runInUseError,
]);

builder.mutationField("deleteRun", (t) =>
  t.field({
    type: deleteRunPayload,
    nullable: true,
    description: `Removes a run with its invocations and embeddings, unless a clustering used one of them. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "Of a Run." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("Run", id);
      const outcome = await deleteRun(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      if (outcome === null) return new NotFoundError(id);
      return "deleted" in outcome ? { deletedId: formatGlobalId("Run", uuid) } : outcome;
    },
  }),
);
