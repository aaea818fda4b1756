import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { describe, expect, test } from "vitest";
import { mostSubjectsListed } from "../../src/database/bulkStore.js";
import { longestExternalId } from "../../src/database/recording/metadata.js";
import { longestName } from "../../src/resolvers/clusterings/annotate.js";
import { mostLineage } from "../../src/resolvers/clusterings/compareClusteringResults.js";
import { longestQuotation } from "../../src/resolvers/errors.js";
import { largestCompositionLimit } from "../../src/resolvers/loaders/compositionLoader.js";
import { largestExemplarLimit } from "../../src/resolvers/loaders/exemplarsLoader.js";
import { largestMembershipLimit } from "../../src/resolvers/loaders/membershipsLoader.js";
import { largestNeighbourLimit } from "../../src/resolvers/loaders/neighboursLoader.js";
import { largestTextLimit } from "../../src/resolvers/loaders/topTextsLoader.js";
import { defaultPageSize, largestPageSize } from "../../src/resolvers/pagination/pageArguments.js";
import { largestValueLimit, longestContained } from "../../src/resolvers/recording/recordedValues.js";
import { mostIssues } from "../../src/resolvers/recording/runInput.js";
import { longestIdempotencyKey } from "../../src/resolvers/requests/idempotencyKey.js";
import { schema } from "../../src/schema/index.js";
import { mostIds } from "../../src/schema/node.js";

/** A part of the schema that can have a description. */
interface Part {
  /** "Type", "Type.field", "Type.field(argument)" or "Enum.VALUE". */
  at: string;
  description: string;
  /** The type of a field, argument or input field: `gives` for an output, `takes` for an input. */
  gives?: GraphQLOutputType;
  takes?: GraphQLInputType;
  default?: unknown;
  /** One of several fields of which exactly one must be given. */
  isAlternative?: boolean;
}

const parts: Part[] = Object.values(schema.getTypeMap()).flatMap((type) => {
  if (type.name.startsWith("__") || isSpecifiedScalarType(type)) return [];
  const found: Part[] = [{ at: type.name, description: type.description ?? "" }];
  const add = (part: Omit<Part, "description">, description: string | null | undefined) =>
    found.push({ ...part, description: description ?? "" });
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) add({ at: `${type.name}.${name}` }, description);
  }
  if (isInputObjectType(type)) {
    for (const { name, type: takes, defaultValue, description } of Object.values(type.getFields())) {
      const isAlternative = type.isOneOf;
      add({ at: `${type.name}.${name}`, takes, default: defaultValue, isAlternative }, description);
    }
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const { name, type: gives, args, description } of Object.values(type.getFields())) {
      add({ at: `${type.name}.${name}`, gives }, description);
      for (const { name: argument, type: takes, defaultValue, description } of args) {
        add({ at: `${type.name}.${name}(${argument})`, takes, default: defaultValue }, description);
      }
    }
  }
  return found;
});

const outlierScore = ["GLOSH outlier score", "0 to 1"];
const seed = ["randomness", "whole number of up to 64 bits"];
const count = (what: string, least = 0) => [`number of ${what}`, `${least} or more`];
const minSamples = ["minSamples-th nearest neighbour", "1 or more"];

/** Reviewed: for each number except those of paging, what it counts or measures, and its range. */
const numbers: Record<string, string[]> = {
  "AppliedEmbeddingFilter.everyNth": ["Within each run", "1 or more"],
  "AppliedIntRange.max": ["largest", "any Int not below min"],
  "AppliedIntRange.min": ["smallest", "any Int"],
  "Cluster.composition(limit)": ["number of values", `1 to ${largestCompositionLimit}`],
  "Cluster.distinctTextCount": count("different texts among the members"),
  "Cluster.label": ["number in the result", "from 0"],
  "Cluster.persistence": ["density", "0 to 1"],
  "Cluster.share": ["share of all embeddings", "0 to 1"],
  "Cluster.size": count("members", 1),
  "Cluster.exemplars(limit)": ["number of exemplars", `1 to ${largestExemplarLimit}`],
  "Cluster.topTexts(limit)": ["number of texts", `1 to ${largestTextLimit}`],
  "ClusterLineage.jaccard": ["Jaccard index", "0 to 1"],
  "ClusterLineage.sharedCount": ["number of embeddings", "0 for BORN and DIED"],
  "ClusterOverlap.count": count("embeddings", 1),
  "ClusterOverlap.jaccard": ["Jaccard index", "above 0 and at most 1"],
  "ClusteringComparison.adjustedMutualInformation": ["mean of the two entropies", "at most 1"],
  "ClusteringComparison.adjustedRandIndex": ["adjusted Rand index", "−0.5 to 1"],
  "ClusteringComparison.adjustedRandIndexOfClustered": ["adjusted Rand index", "−0.5 to 1"],
  "ClusteringComparison.commonCount": count("embeddings"),
  "ClusteringComparison.lineage(skip)": count("entries"),
  "ClusteringComparison.lineage(limit)": ["number of entries", `1 to ${mostLineage}`],
  "ClusteringComparison.lineageCount": count("entries"),
  "ClusterAssignment.outlierScore": outlierScore,
  "ClusterAssignment.probability": ["strength of membership", "0 to 1"],
  "ClusterEmbeddingsInput.alpha": ["number by which distances are divided", "above 0"],
  "ClusterEmbeddingsInput.clusterSelectionEpsilon": ["in units of the metric", "0 or more"],
  "ClusterEmbeddingsInput.maxClusterSize": ["largest number of members", "minClusterSize or more", "LEAF"],
  "ClusterEmbeddingsInput.minClusterSize": ["smallest number of members", "2 or more"],
  "ClusterEmbeddingsInput.minSamples": [...minSamples, "at most the number of matching embeddings"],
  "ClusterMemberEdge.outlierScore": outlierScore,
  "ClusterMemberEdge.probability": ["strength of membership", "0 to 1"],
  "ClusterMerge.distance": ["distance at which the two merge", "0 or more", "in units of the metric"],
  "ClusterMerge.left": ["index of the first of the two", "begins at 0"],
  "ClusterMerge.right": ["index of the second of the two", "greater than left"],
  "ClusterMerge.size": count("clusters in what the merge makes", 2),
  "CondensedTreeNode.birthDistance": ["distance at which it appears", "0 or more", "in units of the metric"],
  "CondensedTreeNode.deathDistance": ["distance at which it splits", "0 or more", "in units of the metric"],
  "CondensedTreeNode.number": ["number", "from 0"],
  "CondensedTreeNode.parent": ["number of the cluster that splits", "from 0"],
  "CondensedTreeNode.size": count("embeddings", 1),
  "CondensedTreeNode.stability": ["excess of mass", "0 or more", "in units of 1 / distance"],
  "ClusteringResult.attempt": count("times"),
  "ClusteringResult.clusterCount": count("clusters"),
  "ClusteringResult.embeddingCount": count("embeddings"),
  "ClusteringResult.laidOutCount": count("embeddings"),
  "ClusteringResult.outlierComposition(limit)": ["number of values", `1 to ${largestCompositionLimit}`],
  "ClusteringResult.outlierCount": count("embeddings"),
  "CompositionShare.count": ["number of embeddings", "1 or more"],
  "CompositionShare.lift": ["share of all embeddings of the result", "above 0"],
  "CompositionShare.share": ["share of the cluster", "above 0 and at most 1"],
  "ClusteringEstimate.bytes": ["in bytes", "above 0"],
  "ClusteringEstimate.embeddingCount": count("embeddings"),
  "ClusteringEstimate.minClusterSize": ["minClusterSize", "2 or more"],
  "ClusteringEstimate.minSamples": ["minSamples", "1 or more"],
  "ClusteringEstimate.seconds": ["in seconds", "above 0"],
  "ClusteringResult.cluster(label)": ["label of the cluster", "any Int"],
  "ClusteringResult.placedCount": count("embeddings"),
  "ClusteringResult.progress": ["share of the work", "0 to 1"],
  "OutputImage.byteLength": count("bytes", 1),
  "OutputImage.height": ["in pixels", "1 or more"],
  "OutputImage.width": ["in pixels", "1 or more"],
  "PredictedAssignment.distance": ["units of the metric", "0 or more"],
  "PredictedAssignment.probability": ["0 to 1", "0 for an outlier"],
  "OutlierEdge.joinsAt": ["units of the metric", "0 or more"],
  "OutlierEdge.outlierScore": outlierScore,
  "Embedding.dimensions": count("components", 1),
  "ClusteringResult.joiningOutliers(within)": ["multiples", "each 0 or more"],
  "JoiningOutliers.outlierCount": count("outliers"),
  "JoiningOutliers.within": ["multiple of the nearest cluster's own largest height", "0 or more"],
  "Embedding.memberships(limit)": ["number of clusters", `1 to ${largestMembershipLimit}`],
  "Membership.share": ["share of the embedding", "0 to 1"],
  "Embedding.neighbours(limit)": ["number of neighbours", `1 to ${largestNeighbourLimit}`],
  "Embedding.vector": ["components", "finite numbers as float32"],
  "EmbeddingDistance.distance": ["metric of the clustering result", "0 or more"],
  "EmbeddingMap.embeddingCount": count("embeddings", 1),
  "EmbeddingMap.laidOutCount": count("embeddings"),
  "EmbeddingMap.minDistance": ["distance between positions", "0 to 1"],
  "EmbeddingMap.neighbours": ["number of distinct vectors", "1 or more"],
  "EmbeddingMap.placedCount": count("embeddings"),
  "EmbeddingMap.progress": ["share of the work", "0 to 1"],
  "EmbeddingMap.seed": ["random choices", "any Int"],
  "EmbeddingMap.trustworthiness": ["keeps neighbours", "0 to 1"],
  "EmbeddingFilter.everyNth": ["Within each run", "1 or more"],
  "EmbeddingModel.dimensions": count("components", 1),
  "EmbeddingModel.embeddingCount": count("embeddings"),
  "HdbscanParameters.alpha": ["number by which distances were divided", "above 0"],
  "HdbscanParameters.clusterSelectionEpsilon": ["in units of the metric", "0 or more"],
  "HdbscanParameters.maxClusterSize": ["largest number of members", "minClusterSize or more"],
  "HdbscanParameters.minClusterSize": ["smallest number of members", "2 or more"],
  "HdbscanParameters.minSamples": minSamples,
  "IntRange.max": ["largest", "any Int not below min"],
  "IntRange.min": ["smallest", "any Int"],
  "Invocation.seed": seed,
  "Invocation.sequenceNumber": ["place in the run", "from 0"],
  "InvocationInput.seed": seed,
  "InvocationInput.sequenceNumber": ["place in the run", "from 0"],
  "MapEmbeddingsInput.minDistance": ["distance between positions", "0 to 1"],
  "MapEmbeddingsInput.neighbours": ["number of distinct vectors", "2 to 1,000"],
  "MapEmbeddingsInput.seed": ["random choices", "any Int"],
  "MapPosition.x": ["first coordinate", "any finite number"],
  "MapPosition.y": ["second coordinate", "any finite number"],
  "NetworkCount.runCount": count("runs with this network", 1),
  "NotEnoughEmbeddingsError.available": count("embeddings"),
  "NotEnoughEmbeddingsError.needed": count("embeddings", 1),
  "Query.initialPrompts(limit)": ["number of prompts", `1 to ${largestValueLimit}`],
  "Query.invocationModels(limit)": ["number of models", `1 to ${largestValueLimit}`],
  "Query.networks(limit)": ["number of networks", `1 to ${largestValueLimit}`],
  "RecordedTrajectories.embeddingCount": count("embeddings"),
  "RecordedTrajectories.invocationCount": count("invocations"),
  "RecordedTrajectories.runCount": count("runs"),
  "Reduction.dimensions": count("dimensions", 1),
  "Reduction.minDistance": ["distance between reduced vectors", "0 to 1"],
  "Reduction.neighbours": count("distinct vectors", 1),
  "Reduction.seed": ["random choices", "any Int"],
  "ReductionInput.dimensions": [...count("dimensions", 1), "at most the dimensions of the embedding model"],
  "ReductionInput.minDistance": ["distance between reduced vectors", "0 to 1"],
  "ReductionInput.neighbours": ["number of distinct vectors", "2 to 1,000"],
  "ReductionInput.seed": ["random choices", "any Int"],
  "ResourceLimitError.estimatedBytes": ["in bytes", "above 0"],
  "ResourceLimitError.estimatedSeconds": ["in seconds", "above 0"],
  "Run.invocationCount": count("invocations"),
  "Run.maxLength": ["number of invocations", "1 or more"],
  "Run.seed": seed,
  "RunInput.maxLength": ["number of invocations", "1 or more"],
  "RunInput.seed": seed,
  "TextCount.count": ["number of members, runs or invocations", "1 or more"],
  "VectorInput.floats": ["components", "finite numbers", "float32"],
  "SweepInput.clusterSelectionEpsilons": ["in units of the metric", "0 or more"],
  "SweepInput.minClusterSizes": ["smallest numbers of members", "2 or more"],
  "SweepPoint.adjustedRandIndex": ["agreement with this result", "−0.5 to 1"],
  "SweepPoint.adjustedRandIndexToSmaller": ["agreement with the point", "−0.5 to 1"],
  "SweepPoint.clusterCount": count("clusters"),
  "SweepPoint.clusterSelectionEpsilon": ["in units of the metric", "0 or more"],
  "SweepPoint.largestClusterSize": count("members of the largest cluster"),
  "SweepPoint.minClusterSize": ["smallest number of members", "2 or more"],
  "SweepPoint.outlierCount": count("embeddings"),
};

/** The numbers of paging, by how their place ends. */
const paging: [RegExp, string[]][] = [
  [
    /\(first\)$/,
    [
      "number of items from the start",
      `0 to ${largestPageSize}`,
      `Absent: ${defaultPageSize}, unless \`last\` is given.`,
    ],
  ],
  [/\(last\)$/, ["number of items from the end", `0 to ${largestPageSize}`]],
  [/Connection\.totalCount$/, count("items on all pages")],
];

/** Reviewed: each text and list of limited length, with the limit. */
const lengths: Record<string, string> = {
  "AnnotateClusterInput.name": `1 to ${longestName} characters`,
  "AnnotateClusterInput.note": "1 to 10,000 characters",
  "AnnotateClusteringResultInput.name": `1 to ${longestName} characters`,
  "AnnotateClusteringResultInput.note": "1 to 10,000 characters",
  "ClusterEmbeddingsInput.idempotencyKey": `1 to ${longestIdempotencyKey} characters`,
  "MapEmbeddingsInput.idempotencyKey": `1 to ${longestIdempotencyKey} characters`,
  "InputIssue.value": `cut to ${longestQuotation} characters`,
  "InvalidInputError.issues": `the first ${mostIssues}`,
  "InvocationInput.externalId": `1 to ${longestExternalId} characters`,
  "InvocationInput.metadata": "at most 16,000 bytes",
  "Query.initialPrompts(contains)": `at most ${longestContained.toLocaleString("en-US")} characters`,
  "Query.nodes(ids)": `at most ${mostIds}`,
  "RunInUseError.clusteringResults": `at most ${mostSubjectsListed}`,
  "RunInUseError.embeddingMaps": `at most ${mostSubjectsListed}`,
  "RunInput.metadata": "at most 16,000 bytes",
  "RunInput.network": "1 to 1000",
};

const isNumber = ({ gives, takes }: Part) =>
  ["Int", "Float", "BigInt"].includes(getNamedType(gives ?? takes)?.name ?? "");

describe("the descriptions", () => {
  test("exist for every type, field, argument and enum value, and are sentences", () => {
    expect(parts.length).toBeGreaterThan(400);
    expect(parts.filter(({ description }) => !/^\S.*\.$/s.test(description)).map(({ at }) => at)).toEqual([]);
  });

  test("state the default of everything that has one, correctly", () => {
    const given = parts.filter((part) => part.default !== undefined);
    expect(given.length).toBeGreaterThan(7);
    const silent = given.filter((part) => !part.description.endsWith(`Default: ${part.default}.`));
    expect(silent.map(({ at }) => at)).toEqual([]);
  });

  test("state what it means to omit an optional input", () => {
    const optional = parts.filter(
      (part) => part.takes && !isNonNullType(part.takes) && !part.isAlternative && part.default === undefined,
    );
    expect(optional.length).toBeGreaterThan(30);
    expect(optional.filter(({ description }) => !/\bAbsent\b/.test(description)).map(({ at }) => at)).toEqual(
      [],
    );
  });

  test("state when a nullable field is null", () => {
    const nullable = parts.filter(({ gives }) => gives && !isNonNullType(gives));
    expect(nullable.length).toBeGreaterThan(20);
    expect(nullable.filter(({ description }) => !/\bnull\b/i.test(description)).map(({ at }) => at)).toEqual(
      [],
    );
  });

  test("state for each number what it is the number of, and its range", () => {
    const all = parts.filter(isNumber);
    const unsaid = all.flatMap(({ at, description }) => {
      const required = numbers[at] ?? paging.find(([place]) => place.test(at))?.[1] ?? ["(not reviewed)"];
      return required.filter((words) => !description.includes(words)).map((words) => `${at}: ${words}`);
    });
    expect(unsaid).toEqual([]);
    const places = all.map(({ at }) => at);
    expect(Object.keys(numbers).filter((at) => !places.includes(at))).toEqual([]);
  });

  test("state for each page how long it is, and its maximum length", () => {
    const pages = parts.filter(({ gives }) => gives && /Connection$/.test(getNamedType(gives).name));
    expect(pages.length).toBeGreaterThan(8);
    for (const { at, description } of pages) {
      expect(description, at).toContain(
        `Pages have ${defaultPageSize} items by default and at most ${largestPageSize}.`,
      );
    }
    const edges = parts.filter(({ at }) => at.endsWith("Connection.edges"));
    expect(edges).toHaveLength(new Set(pages.map(({ gives }) => getNamedType(gives)?.name)).size);
    for (const { at, description } of edges) {
      expect(description, at).toContain(`${defaultPageSize} by default, at most ${largestPageSize}.`);
    }
  });

  test.each(Object.entries(lengths))("state the limit of %s", (place, limit) => {
    expect(parts.find(({ at }) => at === place)?.description).toContain(limit);
  });
});
