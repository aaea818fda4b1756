import { present } from "../resolvers/loaders/nodeLoader.js";
import { invocationColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { embedding } from "./embedding.js";
import { metadataOf, nullMetadata } from "./metadata.js";
import { idOf } from "./node.js";
import { outputImage, outputImageOf } from "./outputImage.js";
import { run } from "./run.js";

export const invocationType = builder.enumType("InvocationType", {
  description: "The kinds of output that an invocation can have.",
  values: {
    TEXT: { description: "A text, in outputText." },
    IMAGE: { description: "An image, at outputImageUrl." },
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
    description: "The run that the invocation is a step of.",
    resolve: (row, _, { loaders }) => present(loaders.run, row.runId),
  }),
  sequenceNumber: t.int({
    description: "The invocation's place in the run, from 0.",
    resolve: (row) => row.sequenceNumber,
  }),
  model: t.string({ description: "The name of the model that was called.", resolve: (row) => row.model }),
  type: t.field({ type: invocationType, description: "The kind of the output.", resolve: (row) => row.type }),
  seed: t.field({
    type: "BigInt",
    nullable: true,
    description:
      "The seed of the call's randomness, a whole number of up to 64 bits; null if it was not recorded.",
    resolve: (row) => row.seed,
  }),
  input: t.field({
    type: invocation,
    nullable: true,
    description:
      "The invocation whose output was the input of this one; null if there is none, as for the first.",
    resolve: (row, _, { loaders }) =>
      row.inputInvocationId === null ? null : present(loaders.invocation, row.inputInvocationId),
  }),
  inputText: t.string({
    nullable: true,
    description:
      "The text that the model received: the outputText of `input`, or the run's initialPrompt if `input` is null. Null if the output of `input` is an image.",
    resolve: async (row, _, { loaders }) =>
      row.inputInvocationId === null
        ? (await present(loaders.run, row.runId)).initialPrompt
        : (await present(loaders.invocation, row.inputInvocationId)).outputText,
  }),
  outputText: t.string({
    nullable: true,
    description: "The text that the model produced; null if the output is an image or was not recorded.",
    resolve: (row) => row.outputText,
  }),
  outputImageUrl: t.string({
    nullable: true,
    description:
      "The URL of the image that the model produced, on this server, and signed if API keys are required; a signed URL is valid for at least an hour by default. Image bytes are never part of a GraphQL response. Null if no image was recorded.",
    resolve: (row, _, { imageUrl }) => (row.outputImageMediaType === null ? null : imageUrl(row.id)),
  }),
  outputImage: t.field({
    type: outputImage,
    nullable: true,
    description: "The image that the model produced; null if no image was recorded.",
    resolve: outputImageOf,
  }),
  startedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the call began; null if it was not recorded.",
    resolve: (row) => row.startedAt,
  }),
  completedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the call ended; null if it was not recorded.",
    resolve: (row) => row.completedAt,
  }),
  externalId: t.string({
    nullable: true,
    description:
      "The invocation's identifier in the system that it was imported from, such as the id of a table's row or of a span; null if none was recorded.",
    resolve: (row) => row.externalId,
  }),
  metadata: t.field({
    type: "JSON",
    nullable: true,
    description: `Further data about the invocation from its source, as a JSON object. ${nullMetadata}`,
    resolve: (row, _, { loaders }) => metadataOf(loaders.invocationMetadata, row.id),
  }),
  embeddings: t.field({
    type: [embedding],
    extensions: { size: 4, mutable: true }, // an estimate: one for each embedding model
    description:
      "The embeddings of the output, at most one per embedding model, ordered by the models' names.",
    resolve: (row, _, { loaders }) => loaders.embeddingsOfInvocation.load(row.id),
  }),
  embedding: t.field({
    type: embedding,
    nullable: true,
    extensions: { mutable: true },
    description: "The embedding of the output by one embedding model; null if there is none.",
    args: {
      embeddingModel: t.arg.string({ required: true, description: "The name of the embedding model." }),
    },
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
    description: "The invocation with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the invocation." }) },
    resolve: (_, { id }, { loaders }) => loaders.invocation.load(idOf("Invocation", id)),
  }),
);
