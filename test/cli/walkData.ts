import type { Walk } from "../../src/cli/output/walk.js";

export type WalkedCluster = Walk["clusters"]["edges"][number]["node"];

/** The data of a result with these clusters, with one field or another changed. */
export function walkOf(clusters: WalkedCluster[], changes: Partial<Walk> = {}): Walk {
  return {
    id: "ClusteringResult:0198c1b2-0000-7000-8005-000000000000",
    ...{ name: null, note: null },
    status: "SUCCEEDED",
    createdAt: "2026-01-02T03:04:05.678Z",
    finishedAt: "2026-01-02T03:05:06.789Z",
    embeddingModel: { name: "words" },
    filter: {
      runIds: null,
      networks: null,
      initialPrompts: null,
      models: null,
      sequenceNumber: null,
      everyNth: null,
    },
    algorithm: "HDBSCAN",
    parameters: { minClusterSize: 5, maxClusterSize: null, alpha: 1 },
    engineVersion: "4",
    inputDigest: "d".repeat(64),
    embeddingCount: 1200,
    clusterCount: clusters.length,
    outlierCount: 300,
    laidOutCount: null,
    placedCount: null,
    progress: 1,
    failure: null,
    clusters: { totalCount: clusters.length, edges: clusters.map((node) => ({ node })) },
    ...changes,
  };
}

export function walkedCluster(changes: Partial<WalkedCluster> = {}): WalkedCluster {
  return {
    id: "Cluster:1",
    ...{ label: 0, name: null, note: null },
    size: 168,
    share: 0.14,
    persistence: 0.5,
    topTexts: [
      { text: "a cat", count: 100 },
      { text: "a dog", count: 60 },
      { text: "an owl", count: 8 },
    ],
    composition: [{ value: "painter → viewer", count: 168, share: 1, lift: 1 }],
    medoidText: "a cat",
    medoidEmbedding: { id: "Embedding:1" },
    medoidInvocation: {
      id: "Invocation:1",
      externalId: null,
      model: "viewer",
      sequenceNumber: 3,
      outputImage: null,
      run: { id: "Run:1", network: ["painter", "viewer"], initialPrompt: "a prompt", invocationCount: 10 },
      input: { id: "Invocation:0", model: "painter", outputText: "brush strokes", outputImage: null },
    },
    ...changes,
  };
}
