import { mostComponents, mostModels } from "../database/recording/runRecord.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { type RecordedTrajectories, recordTrajectories } from "../resolvers/recording/recordTrajectories.js";
import { mostInvocations, mostRuns } from "../resolvers/recording/runInput.js";
import { builder } from "./builder.js";
import { forgetLoaded } from "./context.js";
import { invalidInputError } from "./errors.js";
import { invocationType } from "./invocation.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";
import { run } from "./run.js";

const vectorInput = builder.inputType("VectorInput", {
  isOneOf: true,
  description: `A vector of 1 to ${mostComponents} finite numbers, not all zero, in exactly one of two forms.`,
  fields: (t) => ({
    floats: t.floatList({
      description: "Its components, 1 or more finite numbers; they are stored as float32.",
    }),
    base64: t.string({ description: "Raw little-endian float32, in base64." }),
  }),
});

const embeddingInput = builder.inputType("EmbeddingInput", {
  description: "The vector that an embedding model made of the invocation's output.",
  fields: (t) => ({
    id: t.id({
      description: "A UUID. Absent: made from the invocation's id and the model, the same each time.",
    }),
    embeddingModel: t.string({
      required: true,
      description: "The model's name; a name that is new makes a new model. At most one embedding each.",
    }),
    vector: t.field({
      type: vectorInput,
      required: true,
      description: "As many components as the model's other vectors have.",
    }),
  }),
});

const imageInput = builder.inputType("ImageInput", {
  description:
    "mediaType: image/webp, image/png, image/jpeg or image/svg+xml; the bytes must be of that type.",
  fields: (t) => ({
    mediaType: t.string({
      required: true,
      description: "image/webp, image/png, image/jpeg or image/svg+xml.",
    }),
    base64: t.string({ required: true, description: "The bytes, in base64." }),
  }),
});

const invocationInput = builder.inputType("InvocationInput", {
  description: "One call of one model within the run.",
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID. Absent: made from the run's id and the sequence number, the same each time; likewise an embedding's, from its invocation's and the model.",
    }),
    sequenceNumber: t.int({ required: true, description: "Its place in the run, from 0; unique in it." }),
    model: t.string({ required: true, description: "Which model was called." }),
    type: t.field({ type: invocationType, required: true, description: "The kind of output." }),
    seed: t.field({
      type: "BigInt",
      description: "Of the call's randomness, a whole number of up to 64 bits. Absent: not recorded.",
    }),
    inputId: t.id({ description: "Whose output it was given. Absent: the invocation before it in the run." }),
    outputText: t.string({ description: "What the model wrote. Absent: not recorded, or an image." }),
    outputImage: t.field({
      type: imageInput,
      description: "What the model drew; only where `type` is IMAGE. Absent: not recorded.",
    }),
    startedAt: t.field({ type: "DateTime", description: "When the call began. Absent: not recorded." }),
    completedAt: t.field({ type: "DateTime", description: "When the call ended. Absent: not recorded." }),
    embeddings: t.field({
      type: [embeddingInput],
      description: "Of its output, at most one a model. Absent: none.",
    }),
  }),
});

const runInput = builder.inputType("RunInput", {
  description: "One run, or what is new of it.",
  fields: (t) => ({
    id: t.id({ required: true, description: "A UUID of the caller's, so that trying again is safe." }),
    network: t.stringList({
      required: true,
      description: `The models, 1 to ${mostModels}, in the order in which they take turns.`,
    }),
    initialPrompt: t.string({ required: true, description: "What the first model was given." }),
    seed: t.field({
      type: "BigInt",
      description: "Of the run's randomness, a whole number of up to 64 bits. Absent: not recorded.",
    }),
    maxLength: t.int({
      description: "After how many invocations the run was to end, 1 or more. Absent: not recorded.",
    }),
    invocations: t.field({
      type: [invocationInput],
      required: true,
      description: "Those that are new; those that exist may be among them, and must be equal.",
    }),
  }),
});

const recordTrajectoriesInput = builder.inputType("RecordTrajectoriesInput", {
  description:
    "Runs may grow: invocations and embeddings that are new are appended; what exists must be equal, or the error names it.",
  fields: (t) => ({
    runs: t.field({
      type: [runInput],
      required: true,
      description: `Each run once, at most ${mostRuns}, with at most ${mostInvocations} invocations together.`,
    }),
  }),
});

const recordedTrajectories = builder.objectRef<RecordedTrajectories>("RecordedTrajectories").implement({
  description: "Counts: what was new.",
  fields: (t) => ({
    runs: t.field({
      type: [run],
      extensions: { sizedByInput: "runs" },
      description: "The runs that were given, in their order, new or not.",
      resolve: ({ runIds }, _, { loaders }) => Promise.all(runIds.map((id) => present(loaders.run, id))),
    }),
    runCount: t.exposeInt("runCount", { description: "How many runs were new, 0 or more." }),
    invocationCount: t.exposeInt("invocationCount", {
      description: "How many invocations were new, 0 or more.",
    }),
    embeddingCount: t.exposeInt("embeddingCount", {
      description: "How many embeddings were new, 0 or more.",
    }),
  }),
});

const recordTrajectoriesPayload = payload(
  "RecordTrajectoriesPayload",
  "What recordTrajectories returns.",
  () => [recordedTrajectories, invalidInputError],
);

builder.mutationField("recordTrajectories", (t) =>
  t.field({
    type: recordTrajectoriesPayload,
    nullable: true,
    description: `Records runs, their invocations and their embeddings, all or nothing. Recording the same again changes nothing. ${nullWithFailure}`,
    args: { input: t.arg({ type: recordTrajectoriesInput, required: true, description: "The runs." }) },
    resolve: async (_, { input }, context) => {
      const outcome = await recordTrajectories(context.app, input, context.cancellation.signal);
      forgetLoaded(context);
      return outcome;
    },
  }),
);
