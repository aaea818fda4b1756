import {
  type ClusteringResultData,
  clusteringResultFields,
  counted,
  filterText,
  inQuotes,
  name,
  number,
  outlierShare,
  parametersText,
  percent,
} from "./clusteringResult.js";
import { columnsOf, quoted } from "./printable.js";

const clusterFields = "{ label name size medoidText }";

/** What became of clusters, in the order in which it is printed. */
const kinds = {
  continued: "continued: mostly the same embeddings",
  split: "split: at least half of the new cluster comes from the old one",
  merged: "merged: at least half of the old cluster is in the new one",
  born: "born: new clusters that come from none",
  died: "died: old clusters that became none",
};
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

export const comparisonQuery = /* GraphQL */ `
  query Compare($from: ID!, $to: ID!, $first: Int!) {
    compareClusteringResults(from: $from, to: $to) {
      from { ${clusteringResultFields} }
      to { ${clusteringResultFields} }
      commonCount
      adjustedRandIndex
      adjustedMutualInformation
      adjustedRandIndexOfClustered
      ${kindNames
        .map(
          (kind) => `
      ${kind}Count: lineageCount(kind: ${kind.toUpperCase()})
      ${kind}: lineage(kind: ${kind.toUpperCase()}, limit: $first) {
        from ${clusterFields} to ${clusterFields} sharedCount jaccard
      }`,
        )
        .join("")}
      overlaps(first: $first) {
        totalCount
        edges { node { from ${clusterFields} to ${clusterFields} count jaccard } }
      }
    }
  }
`;

interface ComparedCluster {
  label: number;
  name: string | null;
  size: number;
  medoidText: string | null;
}

interface Pair {
  from: ComparedCluster | null;
  to: ComparedCluster | null;
}

type Lineage = Pair & { sharedCount: number; jaccard: number };

/** The data of `comparisonQuery`. */
export type ComparisonData = {
  from: ClusteringResultData;
  to: ClusteringResultData;
  commonCount: number;
  adjustedRandIndex: number;
  adjustedMutualInformation: number;
  adjustedRandIndexOfClustered: number | null;
  overlaps: { totalCount: number; edges: { node: Pair & { count: number; jaccard: number } }[] };
} & Record<Kind, Lineage[]> &
  Record<`${Kind}Count`, number>;

/**
 * Formats a comparison as text for a terminal.
 * @param first the number of clusters of each kind that were asked for
 * @param width of the lines, in columns: longer texts are cut
 */
export function formatComparison(comparison: ComparisonData, first: number, width: number): string {
  const { from, to, commonCount, overlaps } = comparison;
  const lines = [
    `from      ${resultText(from)}`,
    `to        ${resultText(to)}`,
    `changed   ${changesText(from, to)}`,
    "",
    ...agreementLines(comparison),
  ];
  const more = (count: number) => {
    if (count > first) lines.push(`  … and ${number(count - first)} more`);
  };
  if (commonCount > 0) {
    for (const kind of kindNames) {
      const count = comparison[`${kind}Count`];
      if (count === 0) continue;
      lines.push("", `${number(count)} ${kinds[kind]}`);
      lines.push(...comparison[kind].map((pair) => lineageLine(pair, width)));
      more(count);
    }
    lines.push("", `The largest of ${counted(overlaps.totalCount, "overlap")}`);
    for (const { node } of overlaps.edges) {
      lines.push(withText(`  ${pairText(node)}: ${number(node.count)} shared`, node.to ?? node.from, width));
    }
    more(overlaps.totalCount);
  }
  return `${lines.join("\n")}\n`;
}

function resultText(result: ClusteringResultData): string {
  const { id, algorithm, embeddingCount, embeddingModel, clusterCount, outlierCount } = result;
  const share = outlierShare(result);
  return `${id}
          ${algorithm} of ${counted(embeddingCount, "embedding")} of ${name(embeddingModel.name)}: ${counted(clusterCount, "cluster")}, ${counted(outlierCount, "outlier")}${share ? ` (${share})` : ""}`;
}

/** What the two results were requested with, as far as it differs. */
function changesText(from: ClusteringResultData, to: ClusteringResultData): string {
  const [before, after] = [requested(from), requested(to)];
  const changes = Object.keys(after).flatMap((key) =>
    before[key] === after[key] ? [] : [`${key} ${before[key]} → ${after[key]}`],
  );
  return changes.length > 0 ? changes.join(", ") : "nothing in the model, filter and parameters";
}

function requested({ embeddingModel, filter, algorithm, parameters }: ClusteringResultData) {
  const texts: Record<string, string> = {
    embeddingModel: name(embeddingModel.name),
    algorithm,
    filter: filterText(filter) ?? "none",
  };
  for (const key of Object.keys(parameters)) {
    const text = parametersText({ [key]: parameters[key] });
    texts[key] = text === "" ? "none" : text.slice(key.length + 1);
  }
  return texts;
}

/** How far groupings agree, by the least adjusted Rand index, as Steinley (2004) names it. */
const agreements: [least: number, words: string][] = [
  [1, "They are the same."],
  [0.9, "They agree almost completely."],
  [0.8, "They agree well."],
  [0.65, "They agree moderately."],
  [0.1, "They agree little."],
];

function agreementLines(comparison: ComparisonData): string[] {
  const { commonCount, adjustedRandIndex, adjustedMutualInformation, from, to } = comparison;
  const ofClustered = comparison.adjustedRandIndexOfClustered;
  if (commonCount === 0) return ["No embedding took part in both."];
  const words =
    agreements.find(([least]) => adjustedRandIndex >= least)?.[1] ?? "They agree hardly more than by chance.";
  const what =
    from.embeddingModel.name === to.embeddingModel.name
      ? counted(commonCount, "embedding")
      : `embeddings of ${counted(commonCount, "invocation")}`;
  const took = commonCount === 1 && from.embeddingModel.name === to.embeddingModel.name ? "takes" : "take";
  const line = (value: number, of: string) => `  ${value.toFixed(3).padStart(6)}  ${of}`;
  return [
    `In both results ${what} ${took} part. ${words}`,
    line(adjustedRandIndex, "adjusted Rand index: 1 if the same, 0 as by chance"),
    line(adjustedMutualInformation, "adjusted mutual information, likewise"),
    ofClustered === null
      ? "          nothing is in a cluster in both"
      : line(ofClustered, "adjusted Rand index of those that are in a cluster in both"),
  ];
}

function lineageLine(pair: Lineage, width: number): string {
  const { from, to, sharedCount, jaccard } = pair;
  const text = from && to ? pairText(pair) : clusterText(from ?? to);
  const shared = from && to ? `: ${number(sharedCount)} shared, ${percent(jaccard)} of both together` : "";
  return withText(`  ${text}${shared}`, to ?? from, width);
}

const pairText = ({ from, to }: Pair) => `${clusterText(from)} → ${clusterText(to)}`;

const clusterText = (cluster: ComparedCluster | null) =>
  cluster === null
    ? "outliers"
    : `${cluster.label}${inQuotes(cluster.name, nameWidth)} (${number(cluster.size)})`;

/** The width of a cluster's name, in columns: a line has two. */
const nameWidth = 24;

/** The narrowest width for the text of a medoid at the end of a line. */
const narrowestText = 12;

/** A line with the text of a cluster's medoid, if it has one and there is room for it. */
function withText(line: string, cluster: ComparedCluster | null, width: number): string {
  const left = width - columnsOf(line) - 2;
  if (!cluster?.medoidText || left < narrowestText) return line;
  return `${line}  ${quoted(cluster.medoidText, left)}`;
}
