import { mostResultsListed } from "../database/bulkStore.js";
import * as errors from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { mostIssues } from "../resolvers/recording/runInput.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { clusteringAlgorithm } from "./hdbscanParameters.js";

export const errorCode = builder.enumType("ErrorCode", {
  description: "Also found in extensions.code of errors outside the unions.",
  values: {
    INVALID_INPUT: { description: "The document, a variable or an argument is not valid." },
    NOT_FOUND: { description: "Nothing has the id." },
    NOT_ENOUGH_EMBEDDINGS: { description: "Fewer embeddings match than the clustering needs." },
    IDEMPOTENCY_CONFLICT: { description: "The idempotency key was used with another input." },
    RESOURCE_LIMIT: { description: "The clustering would take more time or memory than the server allows." },
    CLUSTERING_IN_PROGRESS: { description: "The clustering has not finished." },
    MEDOID_IN_USE: { description: "A clustering result uses embeddings of this." },
    MEDOID_UNMAPPED: { description: "The engine gave a medoid that is no member of its cluster." },
    EMBEDDING_UNREADABLE: { description: "A stored vector is damaged." },
    ATTEMPTS_SPENT: { description: "Workers were lost too often while they computed this clustering." },
    REQUEST_LIMIT: { description: "The request is larger or costlier than the server allows." },
    PERSISTED_QUERY_NOT_FOUND: { description: "The server knows no document by the id that was sent." },
    PERSISTED_QUERY_NOT_SUPPORTED: {
      description: "A document was sent by its id, and the server knows no documents.",
    },
    RATE_LIMITED: { description: "Too much in too short a time." },
    UNAUTHENTICATED: { description: "A valid API key is needed." },
    FORBIDDEN: { description: "The API key does not allow this." },
    DATABASE_UNAVAILABLE: {
      description: "The database cannot be used now; the same may be asked again later.",
    },
    INTERNAL_SERVER_ERROR: { description: "The server's fault; extensions.id finds it in the server's log." },
  } satisfies Record<errors.ErrorCode, { description: string }>,
});

export const errorInterface = builder.interfaceRef<errors.DomainError>("Error").implement({
  description: "An error that a client can act on.",
  fields: (t) => ({
    message: t.string({
      description: `What is wrong, for people, cut to ${errors.longestMessage} characters.`,
      resolve: ({ message }) => errors.shortenedMessage(message),
    }),
    code: t.field({
      type: errorCode,
      description: "What is wrong, for programs.",
      resolve: ({ code }) => code,
    }),
  }),
});

const inputIssue = builder.objectRef<errors.InputIssue>("InputIssue").implement({
  description: 'path: for example ["input", "minClusterSize"]; value: what was given, cut where it is long.',
  fields: (t) => ({
    path: t.exposeStringList("path", {
      description: "The argument, then the field within it, lists by index from 0.",
    }),
    message: t.string({
      description: `What is wrong with the value, cut to ${errors.longestMessage} characters.`,
      resolve: ({ message }) => errors.shortenedMessage(message),
    }),
    value: t.exposeString("value", {
      nullable: true,
      description: `What was given, as JSON, cut to ${errors.longestQuotation} characters; null where nothing was.`,
    }),
  }),
});

const interfaces = [errorInterface];

export const invalidInputError = builder.objectType(errors.InvalidInputError, {
  name: "InvalidInputError",
  interfaces,
  description: "The input is not valid. Nothing was written.",
  fields: (t) => ({
    issues: t.field({
      type: [inputIssue],
      extensions: { size: mostIssues },
      description: `Every value that is wrong; of recordTrajectories the first ${mostIssues}.`,
      resolve: ({ issues }) => issues,
    }),
  }),
});

export const notFoundError = builder.objectType(errors.NotFoundError, {
  name: "NotFoundError",
  interfaces,
  description: "Nothing has this id.",
  fields: (t) => ({
    requestedId: t.exposeID("requestedId", { description: "The id as the request gave it." }),
  }),
});

export const notEnoughEmbeddingsError = builder.objectType(errors.NotEnoughEmbeddingsError, {
  name: "NotEnoughEmbeddingsError",
  interfaces,
  description: "Fewer embeddings match than minClusterSize, or than minSamples.",
  fields: (t) => ({
    available: t.exposeInt("available", { description: "How many embeddings match, 0 or more." }),
    needed: t.exposeInt("needed", { description: "How many embeddings would have to match, 1 or more." }),
  }),
});

export const resourceLimitError = builder.objectType(errors.ResourceLimitError, {
  name: "ResourceLimitError",
  interfaces,
  description: "The estimate for this request is above the server's limit of time or memory.",
  fields: (t) => ({
    estimatedSeconds: t.exposeFloat("estimatedSeconds", {
      description: "How long it would take, in seconds, above 0.",
    }),
    estimatedBytes: t.exposeFloat("estimatedBytes", {
      description: "How much memory it would take, in bytes, above 0.",
    }),
    suggestion: t.field({
      type: clusteringAlgorithm,
      nullable: true,
      description: "An algorithm that would stay below the limit; null where none would.",
      resolve: ({ suggestion }) => suggestion,
    }),
  }),
});

export const idempotencyConflictError = builder.objectType(errors.IdempotencyConflictError, {
  name: "IdempotencyConflictError",
  interfaces,
  description: "The key was used with another input.",
  fields: (t) => ({
    clusteringResult: t.field({
      type: clusteringResult,
      description: "The result that the key belongs to.",
      resolve: ({ clusteringResultId }, _, { loaders }) =>
        present(loaders.clusteringResult, clusteringResultId),
    }),
  }),
});

export const clusteringInProgressError = builder.objectType(errors.ClusteringInProgressError, {
  name: "ClusteringInProgressError",
  interfaces,
  description: "A clustering that has not finished cannot be deleted: cancel it first.",
  fields: (t) => ({
    clusteringResult: t.field({
      type: clusteringResult,
      description: "The clustering, as it stands.",
      resolve: ({ clusteringResultId }, _, { loaders }) =>
        present(loaders.clusteringResult, clusteringResultId),
    }),
  }),
});

export const runInUseError = builder.objectType(errors.RunInUseError, {
  name: "RunInUseError",
  interfaces,
  description: "Embeddings of this run take part in clustering results.",
  fields: (t) => ({
    clusteringResults: t.field({
      type: [clusteringResult],
      extensions: { size: mostResultsListed },
      description: `The results to delete first, newest first, at most ${mostResultsListed} of them.`,
      resolve: ({ clusteringResultIds }, _, { loaders }) =>
        Promise.all(clusteringResultIds.map((id) => present(loaders.clusteringResult, id))),
    }),
  }),
});
