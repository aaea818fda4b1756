/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** The embeddings to cluster, and the parameters of the clustering. */
export type ClusterEmbeddingsInput = {
  /** The clustering algorithm. APPROXIMATE_HDBSCAN is never chosen automatically. Default: HDBSCAN. */
  algorithm?: ClusteringAlgorithm | null | undefined;
  /** Whether all embeddings may form a single cluster. Default: false. */
  allowSingleCluster?: boolean | null | undefined;
  /** The number by which distances are divided, above 0. Default: 1. */
  alpha?: number | null | undefined;
  /** The distance below which clusters are not split, in units of the metric, or between reduced vectors if there is a reduction, 0 or more. Default: 0. */
  clusterSelectionEpsilon?: number | null | undefined;
  /** The method that selects clusters from the hierarchy. Default: EXCESS_OF_MASS. */
  clusterSelectionMethod?: ClusterSelectionMethod | null | undefined;
  /** The name of the embedding model whose embeddings are clustered. */
  embeddingModel: string;
  /** The conditions that embeddings must satisfy. Absent: all embeddings of the model. */
  filter?: EmbeddingFilter | null | undefined;
  /** A key of 1 to 255 characters that makes it safe to send the mutation again: until the result is deleted, calls with the same API key, idempotency key and input return the same clustering result, even if it FAILED; a different input returns an IdempotencyConflictError. Absent: every call starts a new clustering. */
  idempotencyKey?: string | null | undefined;
  /** The largest number of members of a cluster that EXCESS_OF_MASS selects, minClusterSize or more: a larger cluster is replaced by the clusters within it. Clusters that clusterSelectionEpsilon merges afterwards may be larger. It cannot be given with LEAF. Absent: no limit. */
  maxClusterSize?: number | null | undefined;
  /** The distance between two vectors. With a reduction it is the distance by which the vectors are reduced. Default: EUCLIDEAN. */
  metric?: DistanceMetric | null | undefined;
  /** The smallest number of members of a cluster, 2 or more. Absent: max(5, floor(n / 1000)), where n is the number of matching embeddings. */
  minClusterSize?: number | null | undefined;
  /** An embedding's core distance is the distance to its minSamples-th nearest neighbour, counting the embedding itself as the first. 1 or more, and at most the number of matching embeddings. Absent: minClusterSize. */
  minSamples?: number | null | undefined;
  /** Whether every vector is scaled to length 1 first, which COSINE always does. Default: true. */
  normalize?: boolean | null | undefined;
  /** How the vectors are reduced to fewer dimensions first; the reduced vectors are then clustered by their Euclidean distance. Medoids are embeddings all the same, and equal vectors stay equal. Absent: they are not reduced. */
  reduction?: ReductionInput | null | undefined;
};

/** The method that selects clusters from the hierarchy. */
export type ClusterSelectionMethod =
  /** Selects the clusters that persist longest: fewer and larger ones. */
  | 'EXCESS_OF_MASS'
  /** Selects the leaves of the hierarchy: more, smaller and more uniform clusters. */
  | 'LEAF';

/** The algorithm that finds clusters. */
export type ClusteringAlgorithm =
  /** HDBSCAN* from approximately computed nearest neighbours, which is faster for large inputs. */
  | 'APPROXIMATE_HDBSCAN'
  /** HDBSCAN*, computed exactly. */
  | 'HDBSCAN';

/** The stages of a running clustering, in the order LOADING, PREPARING, REDUCING, NEIGHBOURS, SPANNING_TREE, CLUSTERS, MEDOIDS, STORING. */
export type ClusteringStage =
  /** Condenses the tree and selects clusters from it. */
  | 'CLUSTERS'
  /** Reads the embeddings. */
  | 'LOADING'
  /** Finds each cluster's medoid. */
  | 'MEDOIDS'
  /** Finds nearest neighbours and computes core distances. */
  | 'NEIGHBOURS'
  /** Checks and scales the vectors, and finds those that are equal. */
  | 'PREPARING'
  /** Reduces the vectors to fewer dimensions, if that was requested. */
  | 'REDUCING'
  /** Computes the minimum spanning tree. */
  | 'SPANNING_TREE'
  /** Stores the clusters and assignments. */
  | 'STORING';

/** The states of a clustering. SUCCEEDED, FAILED and CANCELLED are final. */
export type ClusteringStatus =
  /** The clustering was cancelled before it was done. */
  | 'CANCELLED'
  /** The clustering failed; `failure` gives the reason. */
  | 'FAILED'
  /** The clustering waits for a worker. */
  | 'QUEUED'
  /** A worker computes the clustering. */
  | 'RUNNING'
  /** The clusters are stored, and never change. */
  | 'SUCCEEDED';

/** The distance between two vectors. */
export type DistanceMetric =
  /** The cosine distance, 1 − cos of the angle between the vectors, 0 to 2: half the square of the Euclidean distance of the vectors scaled to length 1. */
  | 'COSINE'
  /** The Euclidean distance: 0 to 2 between vectors scaled to length 1, 0 or more if `normalize` is false. */
  | 'EUCLIDEAN';

/** Selects the embeddings that satisfy every given condition. */
export type EmbeddingFilter = {
  /** Within each run, only every nth of the embeddings that satisfy the other conditions, in sequence order: the 1st, the (n+1)th, …; n is 1 or more. Absent: all of them. */
  everyNth?: number | null | undefined;
  /** Only embeddings of runs whose initial prompt is exactly one of these. Absent: any prompt. */
  initialPrompts?: Array<string> | null | undefined;
  /** Only embeddings of invocations of one of these models. Absent: any model. */
  models?: Array<string> | null | undefined;
  /** Only embeddings of runs with one of these networks: the same models in the same order. Absent: any network. */
  networks?: Array<Array<string>> | null | undefined;
  /** Only embeddings of the runs with these ids. Absent: any run. */
  runIds?: Array<string> | null | undefined;
  /** Only embeddings of invocations with a sequence number in this range, counted from 0. Absent: any. */
  sequenceNumber?: IntRange | null | undefined;
};

/** The kinds of errors. The errors in a response's `errors` list have one of these codes too, in extensions.code. */
export type ErrorCode =
  /** The clustering, or the map, was given up, because workers were lost too often while computing it. */
  | 'ATTEMPTS_SPENT'
  /** The clustering has not finished, so it cannot be deleted, and nothing can be assigned to its clusters. */
  | 'CLUSTERING_IN_PROGRESS'
  /** The database is unavailable at the moment; try the same request again later. */
  | 'DATABASE_UNAVAILABLE'
  /** The stored vector of an embedding is damaged. */
  | 'EMBEDDING_UNREADABLE'
  /** The API key does not permit this. */
  | 'FORBIDDEN'
  /** The idempotency key was used before with a different input. */
  | 'IDEMPOTENCY_CONFLICT'
  /** An internal error of the server; extensions.id identifies it in the server's log. */
  | 'INTERNAL_SERVER_ERROR'
  /** The document, a variable or an argument is not valid. */
  | 'INVALID_INPUT'
  /** The run cannot be deleted, because a clustering result or a map uses its embeddings. */
  | 'MEDOID_IN_USE'
  /** The clustering engine returned a medoid that is not a member of its cluster. */
  | 'MEDOID_UNMAPPED'
  /** Fewer embeddings match the filter than the clustering, or the map, needs. */
  | 'NOT_ENOUGH_EMBEDDINGS'
  /** No object has the given id. */
  | 'NOT_FOUND'
  /** The server does not have a document with the id that was sent. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** A document id was sent, but the server does not accept document ids. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The API key or address has used up its cost per minute; try again later. */
  | 'RATE_LIMITED'
  /** The request exceeds a limit of the server, for example of its size or cost. */
  | 'REQUEST_LIMIT'
  /** The clustering, or the map, would take more time or memory than the server allows. */
  | 'RESOURCE_LIMIT'
  /** The clustering result has no stored spanning tree: it is older than stored trees, or its tree is larger than 2 GB, or the clustering did not succeed. */
  | 'TREE_MISSING'
  /** The stored spanning tree of a clustering result is damaged, or does not give the result's clusters. Everything else of the result can be read. */
  | 'TREE_UNREADABLE'
  /** The request needs a valid API key. */
  | 'UNAUTHENTICATED';

/** A range of whole numbers that includes both ends. */
export type IntRange = {
  /** The largest value, any Int not below min. Absent: no upper end. */
  max?: number | null | undefined;
  /** The smallest value, any Int. Absent: no lower end. */
  min?: number | null | undefined;
};

/** A reduction to fewer dimensions. It finds clusters where the vectors themselves have too many dimensions for it, but distances between reduced clusters mean little. */
export type ReductionInput = {
  /** The number of dimensions of the reduced vectors, 1 or more, and at most the dimensions of the embedding model. Default: 5. */
  dimensions?: number | null | undefined;
  /** The method that reduces the vectors. Default: UMAP. */
  method?: ReductionMethod | null | undefined;
  /** Of UMAP: the distance between reduced vectors up to which they are as near as can be, 0 to 1 (min_dist in umap-learn); 0 packs clusters densely. With PCA, any other value than the default is an error. Default: 0. */
  minDistance?: number | null | undefined;
  /** Of UMAP: the number of distinct vectors that count as a vector's neighbourhood, itself included, 2 to 1,000 (n_neighbors in umap-learn). If there are fewer distinct vectors, all are neighbours. With PCA, any other value than the default is an error. Default: 15. */
  neighbours?: number | null | undefined;
  /** Of UMAP: the number, any Int, that determines the random choices: the same one always gives the same result. With PCA, any other value than the default is an error. Default: 0. */
  seed?: number | null | undefined;
};

/** The method that reduces vectors to fewer dimensions. */
export type ReductionMethod =
  /** Principal components: the directions of greatest variance. */
  | 'PCA'
  /** Uniform manifold approximation and projection: keeps near neighbours near each other, whatever the shape of their groups. */
  | 'UMAP';

export type ClusterMutationVariables = Exact<{
  input: ClusterEmbeddingsInput;
}>;


export type ClusterMutation = { clusterEmbeddings:
    | { __typename: 'ClusteringResult', id: string }
    | { __typename: 'IdempotencyConflictError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'NotEnoughEmbeddingsError', code: ErrorCode, message: string }
    | { __typename: 'ResourceLimitError', code: ErrorCode, message: string }
   | null };

export type WatchSubscriptionVariables = Exact<{
  id: string;
}>;


export type WatchSubscription = { clusteringProgress: { status: ClusteringStatus, stage: ClusteringStage | null, progress: number, clusterCount: number | null, failure: { code: ErrorCode, message: string } | null } };

export type RunPageQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type RunPageQuery = { runs: { edges: Array<{ node: { id: string, initialPrompt: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type WalkQueryVariables = Exact<{
  clusters: number;
}>;


export type WalkQuery = { latestClusteringResult: { id: string, embeddingCount: number | null, clusterCount: number | null, outlierCount: number | null, clusters: { edges: Array<{ node: { label: number, size: number, share: number, medoidText: string | null, medoidInvocation: { id: string, model: string, sequenceNumber: number, run: { id: string, initialPrompt: string }, input: { model: string, outputImageUrl: string | null } | null } } }> } } | null };


export const ClusterDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Cluster"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ClusterEmbeddingsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"clusterEmbeddings"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ClusteringResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ClusterMutation, ClusterMutationVariables>;
export const WatchDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Watch"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"clusteringProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"stage"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"clusterCount"}},{"kind":"Field","name":{"kind":"Name","value":"failure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<WatchSubscription, WatchSubscriptionVariables>;
export const RunPageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunPage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"initialPrompt"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<RunPageQuery, RunPageQueryVariables>;
export const WalkDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Walk"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"clusters"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"latestClusteringResult"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"embeddingCount"}},{"kind":"Field","name":{"kind":"Name","value":"clusterCount"}},{"kind":"Field","name":{"kind":"Name","value":"outlierCount"}},{"kind":"Field","name":{"kind":"Name","value":"clusters"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"clusters"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"share"}},{"kind":"Field","name":{"kind":"Name","value":"medoidText"}},{"kind":"Field","name":{"kind":"Name","value":"medoidInvocation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"sequenceNumber"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"initialPrompt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"input"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"outputImageUrl"}}]}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<WalkQuery, WalkQueryVariables>;