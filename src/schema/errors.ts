import { mostSubjectsListed } from "../database/bulkStore.js";
import { clusteringKind } from "../jobs/clustering/clusteringRow.js";
import { mapKind } from "../jobs/mapping/mapRow.js";
import * as errors from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { mostIssues } from "../resolvers/recording/runInput.js";
import { RequestError } from "../resolvers/requestError.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { embeddingMap } from "./embeddingMap.js";
import { clusteringAlgorithm } from "./hdbscanParameters.js";

export const errorCode = builder.enumType("ErrorCode", {
  description:
    "The kinds of errors. The errors in a response's `errors` list have one of these codes too, in extensions.code.",
  values: {
    INVALID_INPUT: { description: "The document, a variable or an argument is not valid." },
    NOT_FOUND: { description: "No object has the given id." },
    NOT_ENOUGH_EMBEDDINGS: {
      description: "Fewer embeddings match the filter than the clustering, or the map, needs.",
    },
    IDEMPOTENCY_CONFLICT: { description: "The idempotency key was used before with a different input." },
    RESOURCE_LIMIT: {
      description: "The clustering, or the map, would take more time or memory than the server allows.",
    },
    CLUSTERING_IN_PROGRESS: {
      description:
        "The clustering has not finished, so it cannot be deleted, and nothing can be assigned to its clusters.",
    },
    MEDOID_IN_USE: {
      description: "The run cannot be deleted, because a clustering result or a map uses its embeddings.",
    },
    MEDOID_UNMAPPED: {
      description: "The clustering engine returned a medoid that is not a member of its cluster.",
    },
    EMBEDDING_UNREADABLE: { description: "The stored vector of an embedding is damaged." },
    TREE_MISSING: {
      description:
        "The clustering result has no stored spanning tree: it is older than stored trees, or its tree is larger than 2 GB, or the clustering did not succeed.",
    },
    TREE_UNREADABLE: {
      description:
        "The stored spanning tree of a clustering result is damaged, or does not give the result's clusters. Everything else of the result can be read.",
    },
    ATTEMPTS_SPENT: {
      description:
        "The clustering, or the map, was given up, because workers were lost too often while computing it.",
    },
    REQUEST_LIMIT: {
      description: "The request exceeds a limit of the server, for example of its size or cost.",
    },
    PERSISTED_QUERY_NOT_FOUND: {
      description: "The server does not have a document with the id that was sent.",
    },
    PERSISTED_QUERY_NOT_SUPPORTED: {
      description: "A document id was sent, but the server does not accept document ids.",
    },
    RATE_LIMITED: {
      description: "The API key or address has used up its cost per minute; try again later.",
    },
    UNAUTHENTICATED: { description: "The request needs a valid API key." },
    FORBIDDEN: { description: "The API key does not permit this." },
    DATABASE_UNAVAILABLE: {
      description: "The database is unavailable at the moment; try the same request again later.",
    },
    INTERNAL_SERVER_ERROR: {
      description: "An internal error of the server; extensions.id identifies it in the server's log.",
    },
  } satisfies Record<errors.ErrorCode, { description: string }>,
});

export const errorInterface = builder.interfaceRef<errors.DomainError>("Error").implement({
  description: "An error that a client can act on.",
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    message: t.string({
      description: `What is wrong, as text for people, cut to ${errors.longestMessage} characters.`,
      resolve: ({ message }) => errors.shortenedMessage(message),
    }),
    code: t.field({
      type: errorCode,
      description: "The kind of error, for programs.",
      resolve: ({ code }) => code,
    }),
  }),
});

const inputIssue = builder.objectRef<errors.InputIssue>("InputIssue").implement({
  description: "An invalid value of the input.",
  fields: (t) => ({
    path: t.exposeStringList("path", {
      description:
        'The path to the value: the argument, then the fields within it, with list items by their index from 0; for example ["input", "minClusterSize"].',
    }),
    message: t.string({
      description: `What is wrong with the value, cut to ${errors.longestMessage} characters.`,
      resolve: ({ message }) => errors.shortenedMessage(message),
    }),
    value: t.exposeString("value", {
      nullable: true,
      description: `The given value as JSON, cut to ${errors.longestQuotation} characters; null if none was given.`,
    }),
  }),
});

const interfaces = [errorInterface];

export const invalidInputError = builder.objectType(errors.InvalidInputError, {
  name: "InvalidInputError",
  interfaces,
  description: "The input is not valid. Nothing was changed.",
  fields: (t) => ({
    issues: t.field({
      type: [inputIssue],
      extensions: { size: mostIssues },
      description: `All invalid values; for recordTrajectories only the first ${mostIssues}.`,
      resolve: ({ issues }) => issues,
    }),
  }),
});

export const notFoundError = builder.objectType(errors.NotFoundError, {
  name: "NotFoundError",
  interfaces,
  description: "No object has the given id.",
  fields: (t) => ({
    requestedId: t.exposeID("requestedId", { description: "The id as given in the request." }),
  }),
});

export const notEnoughEmbeddingsError = builder.objectType(errors.NotEnoughEmbeddingsError, {
  name: "NotEnoughEmbeddingsError",
  interfaces,
  description:
    "The number of matching embeddings is below minClusterSize or minSamples, or no embedding matches for a map.",
  fields: (t) => ({
    available: t.exposeInt("available", { description: "The number of embeddings that match, 0 or more." }),
    needed: t.exposeInt("needed", {
      description: "The number of embeddings that would have to match, 1 or more.",
    }),
  }),
});

export const resourceLimitError = builder.objectType(errors.ResourceLimitError, {
  name: "ResourceLimitError",
  interfaces,
  description: "The estimated time or memory of the clustering, or of the map, exceeds the server's limit.",
  fields: (t) => ({
    estimatedSeconds: t.exposeFloat("estimatedSeconds", {
      description: "The estimated duration in seconds, above 0.",
    }),
    estimatedBytes: t.exposeFloat("estimatedBytes", {
      description: "The estimated memory in bytes, above 0.",
    }),
    suggestion: t.field({
      type: clusteringAlgorithm,
      nullable: true,
      description: "The algorithm that would stay below the limit; null if none would, and for a map.",
      resolve: ({ suggestion }) => suggestion,
    }),
  }),
});

/** clusteringResult cannot be null, because clients of clusterEmbeddings rely on it. */
const notOfClustering = () =>
  new RequestError({
    code: "INVALID_INPUT",
    message: "The idempotency key was used for a map: select embeddingMap instead of clusteringResult.",
  });

export const idempotencyConflictError = builder.objectType(errors.IdempotencyConflictError, {
  name: "IdempotencyConflictError",
  interfaces,
  description: "The idempotency key was used before with a different input.",
  fields: (t) => ({
    clusteringResult: t.field({
      type: clusteringResult,
      description:
        "The clustering result that was started with the key. In the response to mapEmbeddings it is an error to select this field: select embeddingMap.",
      resolve: ({ kind, subjectId }, _, { loaders }) => {
        if (kind !== clusteringKind) throw notOfClustering();
        return present(loaders.clusteringResult, subjectId);
      },
    }),
    embeddingMap: t.field({
      type: embeddingMap,
      nullable: true,
      description: "The map that was started with the key; null in the response to clusterEmbeddings.",
      resolve: ({ kind, subjectId }, _, { loaders }) =>
        kind === mapKind ? present(loaders.embeddingMap, subjectId) : null,
    }),
  }),
});

export const clusteringInProgressError = builder.objectType(errors.ClusteringInProgressError, {
  name: "ClusteringInProgressError",
  interfaces,
  description: "A clustering that has not finished cannot be deleted; cancel it first.",
  fields: (t) => ({
    clusteringResult: t.field({
      type: clusteringResult,
      description: "The clustering in its current state.",
      resolve: ({ clusteringResultId }, _, { loaders }) =>
        present(loaders.clusteringResult, clusteringResultId),
    }),
  }),
});

export const runInUseError = builder.objectType(errors.RunInUseError, {
  name: "RunInUseError",
  interfaces,
  description: "The run cannot be deleted, because clustering results or maps use its embeddings.",
  fields: (t) => ({
    clusteringResults: t.field({
      type: [clusteringResult],
      extensions: { size: mostSubjectsListed },
      description: `The clustering results that must be deleted first, the newest first, at most ${mostSubjectsListed}.`,
      resolve: (error, _, { loaders }) =>
        Promise.all(error.idsOf("ClusteringResult").map((id) => present(loaders.clusteringResult, id))),
    }),
    embeddingMaps: t.field({
      type: [embeddingMap],
      extensions: { size: mostSubjectsListed },
      description: `The maps that must be deleted first, the newest first, at most ${mostSubjectsListed}.`,
      resolve: (error, _, { loaders }) =>
        Promise.all(error.idsOf("EmbeddingMap").map((id) => present(loaders.embeddingMap, id))),
    }),
  }),
});
