/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  | T
  | { [P in keyof T]?: P extends " $fragmentName" | "__typename" ? T[P] : never };

import type { TypedDocumentNode as DocumentNode } from "@graphql-typed-document-node/core";
/** What to cluster, and how. */
export type ClusterEmbeddingsInput = {
  /** Exact unless asked: APPROXIMATE_HDBSCAN is never chosen in silence. Default: HDBSCAN. */
  algorithm?: ClusteringAlgorithm | null | undefined;
  /** Whether one cluster alone is an answer. Default: false. */
  allowSingleCluster?: boolean | null | undefined;
  /** The factor that distances are divided by, above 0. Default: 1. */
  alpha?: number | null | undefined;
  /** Clusters closer than this are not split: a distance of the metric, 0 or more. Default: 0. */
  clusterSelectionEpsilon?: number | null | undefined;
  /** Which clusters of the tree are taken. Default: EXCESS_OF_MASS. */
  clusterSelectionMethod?: ClusterSelectionMethod | null | undefined;
  /** The name of the embedding model whose embeddings are clustered. */
  embeddingModel: string;
  /** Absent: all of the model's embeddings. */
  filter?: EmbeddingFilter | null | undefined;
  /** 1 to 255 characters. Per API key, until the result is deleted: the same key and input give the same result, a FAILED one too; another input is an IdempotencyConflictError. Absent: each call is a clustering of its own. */
  idempotencyKey?: string | null | undefined;
  /** The most members of a cluster that EXCESS_OF_MASS chooses, minClusterSize or more: larger ones give way to those within them. It bounds that choice alone: clusters that clusterSelectionEpsilon joins afterwards may be larger. Refused with LEAF. Absent: no limit. */
  maxClusterSize?: number | null | undefined;
  /** The distance between two vectors. Default: EUCLIDEAN. */
  metric?: DistanceMetric | null | undefined;
  /** The fewest members of a cluster, 2 or more. Absent: max(5, floor(n / 1000)), where n embeddings match. */
  minClusterSize?: number | null | undefined;
  /** Which neighbour's distance is a point's core distance, the point itself counted: 1 or more, and no more than embeddings match. Absent: minClusterSize. */
  minSamples?: number | null | undefined;
  /** Scale every vector to length 1 first (COSINE always does). Default: true. */
  normalize?: boolean | null | undefined;
};

/** Which clusters of the tree are taken. */
export type ClusterSelectionMethod =
  /** Those that persist longest: fewer and larger ones. */
  | "EXCESS_OF_MASS"
  /** The leaves of the tree: more, smaller and more uniform ones. */
  | "LEAF";

/** How clusters are found. */
export type ClusteringAlgorithm =
  /** HDBSCAN* over an approximate neighbour graph, for large inputs. */
  | "APPROXIMATE_HDBSCAN"
  /** Exact HDBSCAN*. */
  | "HDBSCAN";

/** What a running clustering does, in this order. */
export type ClusteringStage =
  /** Condenses the tree and takes clusters from it. */
  | "CLUSTERS"
  /** Reads the embeddings. */
  | "LOADING"
  /** Finds each cluster's medoid. */
  | "MEDOIDS"
  /** Computes core distances. */
  | "NEIGHBOURS"
  /** Checks and scales the vectors, and finds those that are equal. */
  | "PREPARING"
  /** Computes the minimum spanning tree. */
  | "SPANNING_TREE"
  /** Writes clusters and assignments. */
  | "STORING";

/** How far a clustering has come. The last three are final. */
export type ClusteringStatus =
  /** It was stopped before it was done. */
  | "CANCELLED"
  /** `failure` says why. */
  | "FAILED"
  /** It waits for a worker. */
  | "QUEUED"
  /** A worker computes it. */
  | "RUNNING"
  /** Its clusters are there, and never change. */
  | "SUCCEEDED";

/** The distance between two vectors. */
export type DistanceMetric =
  /** 1 − cos of the angle between them, 0 to 2: half the square of the Euclidean distance of the vectors scaled to length 1. */
  | "COSINE"
  /** Of the vectors scaled to length 1 (0 to 2), unless `normalize` is false (0 or more). */
  | "EUCLIDEAN";

/** What matches all of it. */
export type EmbeddingFilter = {
  /** Within each run, of what the rest leaves, in sequence order: keeps the 1st, the (n+1)th, …; n is 1 or more. Absent: all. */
  everyNth?: number | null | undefined;
  /** Of runs with one of these prompts, exactly. Absent: with any. */
  initialPrompts?: Array<string> | null | undefined;
  /** Of invocations of one of these models. Absent: of any. */
  models?: Array<string> | null | undefined;
  /** Of runs with one of these networks: the same models in the same order. Absent: with any. */
  networks?: Array<Array<string>> | null | undefined;
  /** Of these runs. Absent: of any. */
  runIds?: Array<string> | null | undefined;
  /** Of invocations with sequence numbers in this range, which count from 0. Absent: with any. */
  sequenceNumber?: IntRange | null | undefined;
};

/** Also found in extensions.code of errors outside the unions. */
export type ErrorCode =
  /** Workers were lost too often while they computed this clustering. */
  | "ATTEMPTS_SPENT"
  /** The clustering has not finished. */
  | "CLUSTERING_IN_PROGRESS"
  /** The database cannot be used now; the same may be asked again later. */
  | "DATABASE_UNAVAILABLE"
  /** A stored vector is damaged. */
  | "EMBEDDING_UNREADABLE"
  /** The API key does not allow this. */
  | "FORBIDDEN"
  /** The idempotency key was used with another input. */
  | "IDEMPOTENCY_CONFLICT"
  /** The server's fault; extensions.id finds it in the server's log. */
  | "INTERNAL_SERVER_ERROR"
  /** The document, a variable or an argument is not valid. */
  | "INVALID_INPUT"
  /** A clustering result uses embeddings of this. */
  | "MEDOID_IN_USE"
  /** The engine gave a medoid that is no member of its cluster. */
  | "MEDOID_UNMAPPED"
  /** Fewer embeddings match than the clustering needs. */
  | "NOT_ENOUGH_EMBEDDINGS"
  /** Nothing has the id. */
  | "NOT_FOUND"
  /** The server knows no document by the id that was sent. */
  | "PERSISTED_QUERY_NOT_FOUND"
  /** A document was sent by its id, and the server knows no documents. */
  | "PERSISTED_QUERY_NOT_SUPPORTED"
  /** Too much in too short a time. */
  | "RATE_LIMITED"
  /** The request is larger or costlier than the server allows. */
  | "REQUEST_LIMIT"
  /** The clustering would take more time or memory than the server allows. */
  | "RESOURCE_LIMIT"
  /** A valid API key is needed. */
  | "UNAUTHENTICATED";

/** A range of whole numbers, both ends inclusive. */
export type IntRange = {
  /** The greatest, any Int not below min. Absent: no upper end. */
  max?: number | null | undefined;
  /** The least, any Int. Absent: no lower end. */
  min?: number | null | undefined;
};

export type ClusterMutationVariables = Exact<{
  input: ClusterEmbeddingsInput;
}>;

export type ClusterMutation = {
  clusterEmbeddings:
    | { __typename: "ClusteringResult"; id: string }
    | { __typename: "IdempotencyConflictError"; code: ErrorCode; message: string }
    | { __typename: "InvalidInputError"; code: ErrorCode; message: string }
    | { __typename: "NotEnoughEmbeddingsError"; code: ErrorCode; message: string }
    | { __typename: "ResourceLimitError"; code: ErrorCode; message: string }
    | null;
};

export type WatchSubscriptionVariables = Exact<{
  id: string;
}>;

export type WatchSubscription = {
  clusteringProgress: {
    status: ClusteringStatus;
    stage: ClusteringStage | null;
    progress: number;
    clusterCount: number | null;
    failure: { code: ErrorCode; message: string } | null;
  };
};

export type RunPageQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;

export type RunPageQuery = {
  runs: {
    edges: Array<{ node: { id: string; initialPrompt: string } }>;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  } | null;
};

export type WalkQueryVariables = Exact<{
  clusters: number;
}>;

export type WalkQuery = {
  latestClusteringResult: {
    id: string;
    embeddingCount: number | null;
    clusterCount: number | null;
    outlierCount: number | null;
    clusters: {
      edges: Array<{
        node: {
          label: number;
          size: number;
          share: number;
          medoidText: string | null;
          medoidInvocation: {
            id: string;
            model: string;
            sequenceNumber: number;
            run: { id: string; initialPrompt: string };
            input: { model: string; outputImageUrl: string | null } | null;
          };
        };
      }>;
    };
  } | null;
};

export const ClusterDocument = {
  kind: "Document",
  definitions: [
    {
      kind: "OperationDefinition",
      operation: "mutation",
      name: { kind: "Name", value: "Cluster" },
      variableDefinitions: [
        {
          kind: "VariableDefinition",
          variable: { kind: "Variable", name: { kind: "Name", value: "input" } },
          type: {
            kind: "NonNullType",
            type: { kind: "NamedType", name: { kind: "Name", value: "ClusterEmbeddingsInput" } },
          },
        },
      ],
      selectionSet: {
        kind: "SelectionSet",
        selections: [
          {
            kind: "Field",
            name: { kind: "Name", value: "clusterEmbeddings" },
            arguments: [
              {
                kind: "Argument",
                name: { kind: "Name", value: "input" },
                value: { kind: "Variable", name: { kind: "Name", value: "input" } },
              },
            ],
            selectionSet: {
              kind: "SelectionSet",
              selections: [
                { kind: "Field", name: { kind: "Name", value: "__typename" } },
                {
                  kind: "InlineFragment",
                  typeCondition: { kind: "NamedType", name: { kind: "Name", value: "ClusteringResult" } },
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [{ kind: "Field", name: { kind: "Name", value: "id" } }],
                  },
                },
                {
                  kind: "InlineFragment",
                  typeCondition: { kind: "NamedType", name: { kind: "Name", value: "Error" } },
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [
                      { kind: "Field", name: { kind: "Name", value: "code" } },
                      { kind: "Field", name: { kind: "Name", value: "message" } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ClusterMutation, ClusterMutationVariables>;
export const WatchDocument = {
  kind: "Document",
  definitions: [
    {
      kind: "OperationDefinition",
      operation: "subscription",
      name: { kind: "Name", value: "Watch" },
      variableDefinitions: [
        {
          kind: "VariableDefinition",
          variable: { kind: "Variable", name: { kind: "Name", value: "id" } },
          type: { kind: "NonNullType", type: { kind: "NamedType", name: { kind: "Name", value: "ID" } } },
        },
      ],
      selectionSet: {
        kind: "SelectionSet",
        selections: [
          {
            kind: "Field",
            name: { kind: "Name", value: "clusteringProgress" },
            arguments: [
              {
                kind: "Argument",
                name: { kind: "Name", value: "id" },
                value: { kind: "Variable", name: { kind: "Name", value: "id" } },
              },
            ],
            selectionSet: {
              kind: "SelectionSet",
              selections: [
                { kind: "Field", name: { kind: "Name", value: "status" } },
                { kind: "Field", name: { kind: "Name", value: "stage" } },
                { kind: "Field", name: { kind: "Name", value: "progress" } },
                { kind: "Field", name: { kind: "Name", value: "clusterCount" } },
                {
                  kind: "Field",
                  name: { kind: "Name", value: "failure" },
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [
                      { kind: "Field", name: { kind: "Name", value: "code" } },
                      { kind: "Field", name: { kind: "Name", value: "message" } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<WatchSubscription, WatchSubscriptionVariables>;
export const RunPageDocument = {
  kind: "Document",
  definitions: [
    {
      kind: "OperationDefinition",
      operation: "query",
      name: { kind: "Name", value: "RunPage" },
      variableDefinitions: [
        {
          kind: "VariableDefinition",
          variable: { kind: "Variable", name: { kind: "Name", value: "first" } },
          type: { kind: "NonNullType", type: { kind: "NamedType", name: { kind: "Name", value: "Int" } } },
        },
        {
          kind: "VariableDefinition",
          variable: { kind: "Variable", name: { kind: "Name", value: "after" } },
          type: { kind: "NamedType", name: { kind: "Name", value: "String" } },
        },
      ],
      selectionSet: {
        kind: "SelectionSet",
        selections: [
          {
            kind: "Field",
            name: { kind: "Name", value: "runs" },
            arguments: [
              {
                kind: "Argument",
                name: { kind: "Name", value: "first" },
                value: { kind: "Variable", name: { kind: "Name", value: "first" } },
              },
              {
                kind: "Argument",
                name: { kind: "Name", value: "after" },
                value: { kind: "Variable", name: { kind: "Name", value: "after" } },
              },
            ],
            selectionSet: {
              kind: "SelectionSet",
              selections: [
                {
                  kind: "Field",
                  name: { kind: "Name", value: "edges" },
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [
                      {
                        kind: "Field",
                        name: { kind: "Name", value: "node" },
                        selectionSet: {
                          kind: "SelectionSet",
                          selections: [
                            { kind: "Field", name: { kind: "Name", value: "id" } },
                            { kind: "Field", name: { kind: "Name", value: "initialPrompt" } },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  kind: "Field",
                  name: { kind: "Name", value: "pageInfo" },
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [
                      { kind: "Field", name: { kind: "Name", value: "hasNextPage" } },
                      { kind: "Field", name: { kind: "Name", value: "endCursor" } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RunPageQuery, RunPageQueryVariables>;
export const WalkDocument = {
  kind: "Document",
  definitions: [
    {
      kind: "OperationDefinition",
      operation: "query",
      name: { kind: "Name", value: "Walk" },
      variableDefinitions: [
        {
          kind: "VariableDefinition",
          variable: { kind: "Variable", name: { kind: "Name", value: "clusters" } },
          type: { kind: "NonNullType", type: { kind: "NamedType", name: { kind: "Name", value: "Int" } } },
        },
      ],
      selectionSet: {
        kind: "SelectionSet",
        selections: [
          {
            kind: "Field",
            name: { kind: "Name", value: "latestClusteringResult" },
            selectionSet: {
              kind: "SelectionSet",
              selections: [
                { kind: "Field", name: { kind: "Name", value: "id" } },
                { kind: "Field", name: { kind: "Name", value: "embeddingCount" } },
                { kind: "Field", name: { kind: "Name", value: "clusterCount" } },
                { kind: "Field", name: { kind: "Name", value: "outlierCount" } },
                {
                  kind: "Field",
                  name: { kind: "Name", value: "clusters" },
                  arguments: [
                    {
                      kind: "Argument",
                      name: { kind: "Name", value: "first" },
                      value: { kind: "Variable", name: { kind: "Name", value: "clusters" } },
                    },
                  ],
                  selectionSet: {
                    kind: "SelectionSet",
                    selections: [
                      {
                        kind: "Field",
                        name: { kind: "Name", value: "edges" },
                        selectionSet: {
                          kind: "SelectionSet",
                          selections: [
                            {
                              kind: "Field",
                              name: { kind: "Name", value: "node" },
                              selectionSet: {
                                kind: "SelectionSet",
                                selections: [
                                  { kind: "Field", name: { kind: "Name", value: "label" } },
                                  { kind: "Field", name: { kind: "Name", value: "size" } },
                                  { kind: "Field", name: { kind: "Name", value: "share" } },
                                  { kind: "Field", name: { kind: "Name", value: "medoidText" } },
                                  {
                                    kind: "Field",
                                    name: { kind: "Name", value: "medoidInvocation" },
                                    selectionSet: {
                                      kind: "SelectionSet",
                                      selections: [
                                        { kind: "Field", name: { kind: "Name", value: "id" } },
                                        { kind: "Field", name: { kind: "Name", value: "model" } },
                                        { kind: "Field", name: { kind: "Name", value: "sequenceNumber" } },
                                        {
                                          kind: "Field",
                                          name: { kind: "Name", value: "run" },
                                          selectionSet: {
                                            kind: "SelectionSet",
                                            selections: [
                                              { kind: "Field", name: { kind: "Name", value: "id" } },
                                              {
                                                kind: "Field",
                                                name: { kind: "Name", value: "initialPrompt" },
                                              },
                                            ],
                                          },
                                        },
                                        {
                                          kind: "Field",
                                          name: { kind: "Name", value: "input" },
                                          selectionSet: {
                                            kind: "SelectionSet",
                                            selections: [
                                              { kind: "Field", name: { kind: "Name", value: "model" } },
                                              {
                                                kind: "Field",
                                                name: { kind: "Name", value: "outputImageUrl" },
                                              },
                                            ],
                                          },
                                        },
                                      ],
                                    },
                                  },
                                ],
                              },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<WalkQuery, WalkQueryVariables>;
