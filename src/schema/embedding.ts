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
  description: "The vector that an embedding model made of an invocation's output.",
});

export const embeddingConnection = builder.connectionObject({
  type: embedding,
  name: "EmbeddingConnection",
});

builder.prismaObjectFields(embedding, (t) => ({
  embeddingModel: t.field({
    type: embeddingModel,
    description: "The model that made it.",
    resolve: (row, _, { loaders }) => present(loaders.embeddingModel, row.embeddingModelId),
  }),
  dimensions: t.int({
    description: "How many components its vector has, 1 or more: as many as all of its model.",
    resolve: async (row, _, { loaders }) =>
      (await present(loaders.embeddingModel, row.embeddingModelId)).dimensions,
  }),
  vector: t.floatList({
    description:
      "Its components, finite numbers as float32 holds them, neither scaled nor rounded since they were recorded. Read only when asked for.",
    resolve: async (row, _, { loaders, responseBudget }, info) => {
      const { vector } = await present(loaders.vector, row.id);
      responseBudget?.throwIfExceeded(info); // that it is too large may have turned out meanwhile
      return components(vector);
    },
  }),
  vectorBase64: t.string({
    description: "Raw little-endian float32. Read only when asked for.",
    resolve: async (row, _, { loaders }) =>
      Buffer.from((await present(loaders.vector, row.id)).vector).toString("base64"),
  }),
  invocation: t.field({
    type: invocation,
    description: "Whose output it is of.",
    resolve: (row, _, { loaders }) => present(loaders.invocation, row.invocationId),
  }),
  assignments: t.connection(
    {
      type: clusterAssignment,
      extensions: { mutable: true },
      description:
        "What each clustering that succeeded said of this embedding, newest first. Pages of 20 unless told, at most 500.",
      resolve: (row, args, { loaders }) => connection(loaders, assignments, row.id, args),
    },
    clusterAssignmentConnection,
  ),
  assignment: t.field({
    type: clusterAssignment,
    nullable: true,
    extensions: { mutable: true },
    description:
      "What one clustering said of this embedding. Null where the result does not exist, did not succeed, or left the embedding out.",
    args: {
      clusteringResultId: t.arg.id({ required: true, description: "Of a ClusteringResult." }),
    },
    resolve: (row, { clusteringResultId }, { loaders }) =>
      loaders.assignmentIn(idOf("ClusteringResult", clusteringResultId, "clusteringResultId")).load(row.id),
  }),
}));

builder.queryField("embedding", (t) =>
  t.field({
    type: embedding,
    nullable: true,
    description: "An embedding by its id. Null: there is none.",
    args: { id: t.arg.id({ required: true, description: "Of an Embedding." }) },
    resolve: (_, { id }, { loaders }) => loaders.embedding.load(idOf("Embedding", id)),
  }),
);
