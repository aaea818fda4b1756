import { present } from "../resolvers/loaders/nodeLoader.js";
import { connection } from "../resolvers/pagination/connection.js";
import { assignments } from "../resolvers/pagination/embeddingKeysets.js";
import { embeddingColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { clusterAssignment, clusterAssignmentConnection } from "./clusterAssignment.js";
import { embeddingModel } from "./embeddingModel.js";
import { invocation } from "./invocation.js";
import { idOf } from "./node.js";

/** The components of a stored vector: raw little-endian float32, not necessarily aligned in memory. */
function components(vector: Uint8Array): number[] {
  const view = new DataView(vector.buffer, vector.byteOffset, vector.byteLength);
  const numbers = new Array<number>(Math.floor(vector.byteLength / 4));
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(i * 4, true);
  return numbers;
}

export const embedding = builder.prismaNode("Embedding", {
  id: { field: "id" },
  select: embeddingColumns,
  description: "The vector that an embedding model computed for an invocation's output.",
});

export const embeddingConnection = builder.connectionObject({
  type: embedding,
  name: "EmbeddingConnection",
});

builder.prismaObjectFields(embedding, (t) => ({
  embeddingModel: t.field({
    type: embeddingModel,
    description: "The model that computed the vector.",
    resolve: (row, _, { loaders }) => present(loaders.embeddingModel, row.embeddingModelId),
  }),
  dimensions: t.int({
    description: "The number of components of the vector, 1 or more; the same for all embeddings of a model.",
    resolve: async (row, _, { loaders }) =>
      (await present(loaders.embeddingModel, row.embeddingModelId)).dimensions,
  }),
  vector: t.floatList({
    description:
      "The components of the vector, finite numbers as float32, exactly as they were recorded. They are read only if this field is selected.",
    resolve: async (row, _, { loaders, responseBudget }, info) => {
      const { vector } = await present(loaders.vector, row.id);
      responseBudget?.throwIfExceeded(info); // other vectors may have exceeded the budget meanwhile
      return components(vector);
    },
  }),
  vectorBase64: t.string({
    description:
      "The components as raw little-endian float32, in base64. They are read only if this field is selected.",
    resolve: async (row, _, { loaders }) =>
      Buffer.from((await present(loaders.vector, row.id)).vector).toString("base64"),
  }),
  invocation: t.field({
    type: invocation,
    description: "The invocation whose output was embedded.",
    resolve: (row, _, { loaders }) => present(loaders.invocation, row.invocationId),
  }),
  assignments: t.connection(
    {
      type: clusterAssignment,
      extensions: { mutable: true },
      description:
        "The assignments of this embedding by all clusterings that have succeeded, newest first. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { loaders }) => connection(loaders, assignments, row.id, args),
    },
    clusterAssignmentConnection,
  ),
  assignment: t.field({
    type: clusterAssignment,
    nullable: true,
    extensions: { mutable: true },
    description:
      "The assignment of this embedding by one clustering. Null if the result does not exist, has not succeeded, or does not include the embedding.",
    args: {
      clusteringResultId: t.arg.id({ required: true, description: "The id of the clustering result." }),
    },
    resolve: (row, { clusteringResultId }, { loaders }) =>
      loaders.assignmentIn(idOf("ClusteringResult", clusteringResultId, "clusteringResultId")).load(row.id),
  }),
}));

builder.queryField("embedding", (t) =>
  t.field({
    type: embedding,
    nullable: true,
    description: "The embedding with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the embedding." }) },
    resolve: (_, { id }, { loaders }) => loaders.embedding.load(idOf("Embedding", id)),
  }),
);
