/** Work that is done in the background, for which a command can wait. */
export interface Work {
  kind: keyof typeof kindsOfWork;
  /** The id of the clustering result or map. */
  id: string;
}

/** The state of a clustering or a map. */
export interface WorkProgress {
  status: string;
  /** Of a clustering. */
  stage?: string | null;
  progress: number;
  failure: { code: string; message: string } | null;
}

const stateFields = "status progress failure { code message }";

/** How each kind of work is called in the API, and in messages. */
export const kindsOfWork = {
  clustering: {
    noun: "clustering",
    field: "clusteringResult",
    subscription: "clusteringProgress",
    fields: `${stateFields} stage`,
    cancel: "cancelClustering",
    doing: "Clustering",
  },
  map: {
    noun: "map",
    field: "embeddingMap",
    subscription: "mapProgress",
    fields: stateFields,
    cancel: "cancelMap",
    doing: "Mapping",
  },
} as const;
