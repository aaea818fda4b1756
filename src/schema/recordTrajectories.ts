import { longestExternalId } from "../database/recording/metadata.js";
import { mostModels } from "../database/recording/runRecord.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { type RecordedTrajectories, recordTrajectories } from "../resolvers/recording/recordTrajectories.js";
import { mostInvocations, mostRuns } from "../resolvers/recording/runInput.js";
import { builder } from "./builder.js";
import { forgetLoaded } from "./context.js";
import { invalidInputError } from "./errors.js";
import { invocationType } from "./invocation.js";
import { metadataLimits } from "./metadata.js";
import { mediaTypes } from "./outputImage.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";
import { run } from "./run.js";
import { vectorInput } from "./vectorInput.js";

const embeddingInput = builder.inputType("EmbeddingInput", {
  description: "The vector that an embedding model computed for the invocation's output.",
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID. Absent: derived from the invocation's id and the embedding model, so that it is the same each time.",
    }),
    embeddingModel: t.string({
      required: true,
      description:
        "The name of the embedding model; a new name creates a new model. An invocation has at most one embedding per model.",
    }),
    vector: t.field({
      type: vectorInput,
      required: true,
      description: "The vector, with the same number of components as the model's other vectors.",
    }),
  }),
});

const imageInput = builder.inputType("ImageInput", {
  description: "An image; its bytes must be of the given media type.",
  fields: (t) => ({
    mediaType: t.string({
      required: true,
      description: mediaTypes,
    }),
    base64: t.string({ required: true, description: "The bytes of the image, in base64." }),
  }),
});

const invocationInput = builder.inputType("InvocationInput", {
  description: "One call of one model within the run.",
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID. Absent: derived from the run's id and the sequence number, so that it is the same each time.",
    }),
    sequenceNumber: t.int({
      required: true,
      description: "The invocation's place in the run, from 0; unique within the run.",
    }),
    model: t.string({ required: true, description: "The name of the model that was called." }),
    type: t.field({ type: invocationType, required: true, description: "The kind of the output." }),
    seed: t.field({
      type: "BigInt",
      description:
        "The seed of the call's randomness, a whole number of up to 64 bits. Absent: not recorded.",
    }),
    inputId: t.id({
      description:
        "The id of the invocation whose output was the input of this one. Absent: the previous invocation of the run.",
    }),
    outputText: t.string({
      description: "The text that the model produced. Absent: not recorded, or the output is an image.",
    }),
    outputImage: t.field({
      type: imageInput,
      description: "The image that the model produced; only if `type` is IMAGE. Absent: not recorded.",
    }),
    startedAt: t.field({ type: "DateTime", description: "When the call began. Absent: not recorded." }),
    completedAt: t.field({ type: "DateTime", description: "When the call ended. Absent: not recorded." }),
    externalId: t.string({
      description: `The invocation's name where it comes from, such as the id of a table's row or of a span: 1 to ${longestExternalId} characters, not necessarily unique. Absent: none.`,
    }),
    metadata: t.field({
      type: "JSON",
      description: `Further data about the invocation, as a JSON object. ${metadataLimits}`,
    }),
    embeddings: t.field({
      type: [embeddingInput],
      description: "The embeddings of the output, at most one per embedding model. Absent: none.",
    }),
  }),
});

const runInput = builder.inputType("RunInput", {
  description: "A new run, or new invocations and embeddings of a recorded run.",
  fields: (t) => ({
    id: t.id({
      required: true,
      description: "A UUID that the client chooses, so that recording the run again is safe.",
    }),
    network: t.stringList({
      required: true,
      description: `The names of the models, 1 to ${mostModels}, in the order in which they take turns.`,
    }),
    initialPrompt: t.string({ required: true, description: "The prompt that the first model received." }),
    seed: t.field({
      type: "BigInt",
      description: "The seed of the run's randomness, a whole number of up to 64 bits. Absent: not recorded.",
    }),
    maxLength: t.int({
      description:
        "The number of invocations after which the run was to end, 1 or more. Absent: not recorded.",
    }),
    metadata: t.field({
      type: "JSON",
      description: `Further data about the run, as a JSON object. ${metadataLimits}`,
    }),
    invocations: t.field({
      type: [invocationInput],
      required: true,
      description:
        "The new invocations. Recorded invocations may be among them, and must then be equal to what is recorded.",
    }),
  }),
});

const recordTrajectoriesInput = builder.inputType("RecordTrajectoriesInput", {
  description:
    "The runs to record. A recorded run can grow: its new invocations and embeddings are added. Data that is recorded already must be equal; otherwise the error names the difference.",
  fields: (t) => ({
    runs: t.field({
      type: [runInput],
      required: true,
      description: `The runs, each of them once: at most ${mostRuns} runs, with at most ${mostInvocations} invocations in total.`,
    }),
  }),
});

const recordedTrajectories = builder.objectRef<RecordedTrajectories>("RecordedTrajectories").implement({
  description: "The recorded runs, and the numbers of runs, invocations and embeddings that were new.",
  fields: (t) => ({
    runs: t.field({
      type: [run],
      extensions: { sizedByInput: "runs" },
      description: "The runs of the input, in the same order, whether they were new or not.",
      resolve: ({ runIds }, _, { loaders }) => Promise.all(runIds.map((id) => present(loaders.run, id))),
    }),
    runCount: t.exposeInt("runCount", { description: "The number of runs that were new, 0 or more." }),
    invocationCount: t.exposeInt("invocationCount", {
      description: "The number of invocations that were new, 0 or more.",
    }),
    embeddingCount: t.exposeInt("embeddingCount", {
      description: "The number of embeddings that were new, 0 or more.",
    }),
  }),
});

const recordTrajectoriesPayload = payload(
  "RecordTrajectoriesPayload",
  "The outcome of recordTrajectories: the recorded runs, or an error.",
  () => [recordedTrajectories, invalidInputError],
);

builder.mutationField("recordTrajectories", (t) =>
  t.field({
    type: recordTrajectoriesPayload,
    nullable: true,
    description: `Records runs with their invocations and embeddings, all of them or none. Recording the same data again changes nothing. ${nullWithFailure}`,
    args: {
      input: t.arg({ type: recordTrajectoriesInput, required: true, description: "The runs to record." }),
    },
    resolve: async (_, { input }, context) => {
      const outcome = await recordTrajectories(context.app, input, context.cancellation.signal);
      forgetLoaded(context);
      return outcome;
    },
  }),
);
