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
import { metadataOf, nullMetadata } from "./metadata.js";
import { idOf } from "./node.js";
import { payload } from "./payload.js";
import { nullWithError, nullWithFailure } from "./rootFields.js";

export const run = builder.prismaNode("Run", {
  id: { field: "id" },
  select: runColumns,
  description: "One execution of a network of generative models, which starts from a prompt.",
});

const runConnection = builder.connectionObject({ type: run, name: "RunConnection" });

builder.prismaObjectFields(run, (t) => ({
  network: t.stringList({
    description: "The names of the models, in the order in which they take turns.",
    resolve: (row) => JSON.parse(row.network) as string[],
  }),
  initialPrompt: t.string({
    description: "The prompt that the first model received.",
    resolve: (row) => row.initialPrompt,
  }),
  seed: t.field({
    type: "BigInt",
    nullable: true,
    description:
      "The seed of the run's randomness, a whole number of up to 64 bits; null if it was not recorded.",
    resolve: (row) => row.seed,
  }),
  maxLength: t.int({
    nullable: true,
    description:
      "The number of invocations after which the run was to end, 1 or more; null if it was not recorded.",
    resolve: (row) => row.maxLength,
  }),
  createdAt: t.field({
    type: "DateTime",
    description:
      "When Medoid recorded the run. Runs that are recorded together differ by a millisecond each.",
    resolve: (row) => row.createdAt,
  }),
  metadata: t.field({
    type: "JSON",
    nullable: true,
    description: `Further data about the run from its source, as a JSON object. ${nullMetadata}`,
    resolve: (row, _, { loaders }) => metadataOf(loaders.runMetadata, row.id),
  }),
  invocationCount: t.int({
    extensions: { mutable: true },
    description: "The number of invocations of the run, 0 or more.",
    resolve: (row, _, { loaders }) => connection(loaders, runInvocations, row.id, {}).totalCount,
  }),
  invocations: t.connection(
    {
      type: invocation,
      extensions: { mutable: true },
      description:
        "The invocations of the run, in the order of their sequenceNumber. Pages have 20 items by default and at most 500.",
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
        "The path of the run through the clusters of a result: the assignment of each of its embeddings, in sequence order. Null if the result does not exist or has not succeeded. Pages have 20 items by default and at most 500.",
      args: {
        clusteringResultId: t.arg.id({ required: true, description: "The id of the clustering result." }),
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
  description: "Matches the runs that satisfy every given condition.",
  fields: (t) => ({
    networks: t.field({
      type: [t.listRef("String", { required: true })],
      description:
        "Only runs with one of these networks: the same models in the same order. Absent: any network.",
    }),
    initialPrompts: t.stringList({
      description: "Only runs whose initial prompt is exactly one of these. Absent: any prompt.",
    }),
    embeddingModel: t.string({
      description:
        "Only runs that have an embedding of the embedding model with this name. Absent: all runs.",
    }),
    externalIds: t.stringList({
      description: "Only runs that have an invocation with one of these external ids. Absent: all runs.",
    }),
  }),
});

builder.queryFields((t) => ({
  run: t.field({
    type: run,
    nullable: true,
    description: "The run with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the run." }) },
    resolve: (_, { id }, { loaders }) => loaders.run.load(idOf("Run", id)),
  }),
  runs: t.connection(
    {
      type: run,
      nullable: true,
      description: `The runs, the most recently recorded first. Pages have 20 items by default and at most 500. ${nullWithError}`,
      args: {
        filter: t.arg({
          type: runFilter,
          description: "The conditions that runs must satisfy. Absent: all runs.",
        }),
      },
      resolve: (_, { filter, ...args }, { loaders }) =>
        connection(loaders, runs(filter ?? {}, loaders.reader.dialect), null, args, { prime: loaders.run }),
    },
    runConnection,
  ),
}));

const deletedRun = builder.objectRef<{ deletedId: string }>("DeletedRun").implement({
  description: "The confirmation that a run was deleted.",
  fields: (t) => ({ deletedId: t.exposeID("deletedId", { description: "The id of the deleted run." }) }),
});

const deleteRunPayload = payload(
  "DeleteRunPayload",
  "The outcome of deleteRun: the id of the deleted run, or an error.",
  () => [deletedRun, notFoundError, runInUseError],
);

builder.mutationField("deleteRun", (t) =>
  t.field({
    type: deleteRunPayload,
    nullable: true,
    description: `Deletes a run with its invocations and embeddings, unless a clustering result or a map uses one of the embeddings. An embedding model that has no embeddings left goes too, unless a clustering result or a map names it. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "The id of the run." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("Run", id);
      const outcome = await deleteRun(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      if (outcome === null) return new NotFoundError(id);
      return "deleted" in outcome ? { deletedId: formatGlobalId("Run", uuid) } : outcome;
    },
  }),
);
