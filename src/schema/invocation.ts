import { present } from "../resolvers/loaders/nodeLoader.js";
import { invocationColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { embedding } from "./embedding.js";
import { idOf } from "./node.js";
import { run } from "./run.js";

export const invocationType = builder.enumType("InvocationType", {
  description: "The kind of an invocation's output.",
  values: {
    TEXT: { description: "It is in outputText." },
    IMAGE: { description: "It is at outputImageUrl." },
  },
});

export const invocation = builder.prismaNode("Invocation", {
  id: { field: "id" },
  select: invocationColumns,
  description: "One call of one model within a run.",
});

export const invocationConnection = builder.connectionObject({
  type: invocation,
  name: "InvocationConnection",
});

builder.prismaObjectFields(invocation, (t) => ({
  run: t.field({
    type: run,
    description: "The run that it is a step of.",
    resolve: (row, _, { loaders }) => present(loaders.run, row.runId),
  }),
  sequenceNumber: t.int({
    description: "Its place in the run, from 0.",
    resolve: (row) => row.sequenceNumber,
  }),
  model: t.string({ description: "Which model was called.", resolve: (row) => row.model }),
  type: t.field({ type: invocationType, description: "The kind of output.", resolve: (row) => row.type }),
  seed: t.field({
    type: "BigInt",
    nullable: true,
    description: "Of the call's randomness, a whole number of up to 64 bits; null: not recorded.",
    resolve: (row) => row.seed,
  }),
  input: t.field({
    type: invocation,
    nullable: true,
    description: "The invocation whose output this one was given; null at the first.",
    resolve: (row, _, { loaders }) =>
      row.inputInvocationId === null ? null : present(loaders.invocation, row.inputInvocationId),
  }),
  inputText: t.string({
    nullable: true,
    description:
      "The run's initialPrompt at the first, else the input's outputText; null where that is an image.",
    resolve: async (row, _, { loaders }) =>
      row.inputInvocationId === null
        ? (await present(loaders.run, row.runId)).initialPrompt
        : (await present(loaders.invocation, row.inputInvocationId)).outputText,
  }),
  outputText: t.string({
    nullable: true,
    description: "What the model wrote; null where it made an image, or where nothing was recorded.",
    resolve: (row) => row.outputText,
  }),
  outputImageUrl: t.string({
    nullable: true,
    description:
      "Served by this server, signed where keys are required; image bytes never travel in a GraphQL response. Null where no image was recorded.",
    resolve: (row, _, { imageUrl }) => (row.outputImageMediaType === null ? null : imageUrl(row.id)),
  }),
  startedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the call began; null: not recorded.",
    resolve: (row) => row.startedAt,
  }),
  completedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the call ended; null: not recorded.",
    resolve: (row) => row.completedAt,
  }),
  embeddings: t.field({
    type: [embedding],
    extensions: { size: 4, mutable: true }, // usually; one per embedding model
    description: "Of its output: at most one a model, by the models' names.",
    resolve: (row, _, { loaders }) => loaders.embeddingsOfInvocation.load(row.id),
  }),
  embedding: t.field({
    type: embedding,
    nullable: true,
    extensions: { mutable: true },
    description: "Of its output, by one model; null where there is none.",
    args: { embeddingModel: t.arg.string({ required: true, description: "The embedding model's name." }) },
    resolve: async (row, { embeddingModel }, { loaders }) => {
      const model = await loaders.embeddingModelNamed.load(embeddingModel);
      if (!model) return null;
      const embeddings = await loaders.embeddingsOfInvocation.load(row.id);
      return embeddings.find(({ embeddingModelId }) => embeddingModelId === model.id) ?? null;
    },
  }),
}));

builder.queryField("invocation", (t) =>
  t.field({
    type: invocation,
    nullable: true,
    description: "An invocation by its id. Null: there is none.",
    args: { id: t.arg.id({ required: true, description: "Of an Invocation." }) },
    resolve: (_, { id }, { loaders }) => loaders.invocation.load(idOf("Invocation", id)),
  }),
);
