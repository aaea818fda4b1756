import type { HdbscanResult } from "../../clustering/index.js";
import { readUuid } from "../../database/copyFormat/uuidBytes.js";
import { embeddingName, type StoredClustering } from "./storedClustering.js";

/** What a result has stored of a cluster. */
export interface StoredCluster {
  label: number;
  size: number;
  persistence: number;
  medoidEmbedding: { id: string };
}

/** One kind of values of two clusterings. */
export interface Comparison {
  what: string;
  /** The number of values that were compared, and of those that differ. */
  count: number;
  differing: number;
  /** The first value that differs, stored and computed; null if all are equal. */
  firstDifference: string | null;
}

interface Digests {
  stored: string | null;
  computed: string;
}

/** The numbers that a result has stored. */
interface StoredCounts {
  embeddingCount: number | null;
  clusterCount: number | null;
  outlierCount: number | null;
  /** Null unless the result has a reduction by UMAP. */
  placedCount: number | null;
}

/** Compares what is stored with what was computed from the same embeddings. */
export function compareClusterings(
  digests: Digests,
  counts: StoredCounts,
  clusters: StoredCluster[],
  stored: StoredClustering,
  computed: HdbscanResult,
): Comparison[] {
  const { sizes, medoids, persistence } = computed;
  const outlierCount = computed.labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
  const numbers = [
    { name: "the number of embeddings", stored: counts.embeddingCount, computed: computed.labels.length },
    { name: "the number of clusters", stored: counts.clusterCount, computed: sizes.length },
    { name: "the number of outliers", stored: counts.outlierCount, computed: outlierCount },
  ];
  if (counts.placedCount !== null) {
    const placed = "the number of embeddings that the reduction placed";
    numbers.push({ name: placed, stored: counts.placedCount, computed: computed.placedRows });
  }
  const perCluster = Math.max(clusters.length, sizes.length);
  const clusterName = (label: number) => `cluster ${label}`;
  const perEmbedding = (what: string, storedValues: ArrayLike<number>, values: ArrayLike<number>) =>
    compared(what, stored.count, {
      stored: (row) => storedValues[row],
      computed: (row) => values[row],
      name: (row) => embeddingName(stored, row),
    });
  const ofClusters = (
    what: string,
    storedValue: (cluster: StoredCluster) => string | number,
    value: (label: number) => string | number,
  ) =>
    compared(what, perCluster, {
      stored: (label) => (label < clusters.length ? storedValue(clusters[label]) : null),
      computed: (label) => (label < sizes.length ? value(label) : null),
      name: clusterName,
    });
  return [
    compared("digest of the embeddings", 1, {
      stored: () => digests.stored,
      computed: () => digests.computed,
      name: () => "the digest",
    }),
    compared("stored numbers", numbers.length, {
      stored: (index) => numbers[index].stored,
      computed: (index) => numbers[index].computed,
      name: (index) => numbers[index].name,
    }),
    ofClusters(
      "sizes of clusters",
      ({ size }) => size,
      (label) => sizes[label],
    ),
    ofClusters(
      "medoids",
      ({ medoidEmbedding }) => medoidEmbedding.id,
      (label) => `Embedding:${readUuid(stored.ids, medoids[label] * 16)}`,
    ),
    ofClusters(
      "persistence of clusters",
      (cluster) => cluster.persistence,
      (label) => persistence[label],
    ),
    perEmbedding("labels", stored.labels, computed.labels),
    perEmbedding("probabilities", stored.probabilities, computed.probabilities),
    perEmbedding("outlier scores", stored.outlierScores, computed.outlierScores),
  ];
}

interface Values {
  /** Null: there is none. */
  stored(index: number): string | number | null;
  computed(index: number): string | number | null;
  name(index: number): string;
}

function compared(what: string, count: number, { stored, computed, name }: Values): Comparison {
  let differing = 0;
  let firstDifference: string | null = null;
  for (let index = 0; index < count; index++) {
    if (stored(index) === computed(index)) continue;
    differing++;
    firstDifference ??= `${name(index)}: ${stored(index) ?? "nothing"} is stored, ${computed(index) ?? "nothing"} was computed`;
  }
  return { what, count, differing, firstDifference };
}
