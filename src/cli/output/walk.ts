import { type PageData, pageFields } from "../api/pages.js";
import type { Cli } from "../cli.js";
import {
  type ClusteringResultData,
  clusteringResultFields,
  counted,
  filterText,
  inQuotes,
  isKnown,
  layoutText,
  name,
  networkText,
  number,
  outlierShare,
  parametersText,
  percent,
} from "./clusteringResult.js";
import { networkShares, networksText, type ShareData } from "./composition.js";
import { printable, quoted } from "./printable.js";

/** Reads the path from the largest clusters of a result to what led to each medoid. */
export const walkOfResult = /* GraphQL */ `
  query Walk($id: ID!, $first: Int!, $after: String) {
    clusteringResult(id: $id) {
      ${clusteringResultFields}
      clusters(first: $first, after: $after) {
        ${pageFields}
        edges {
          node {
            id
            label
            name
            note
            size
            share
            persistence
            topTexts(limit: 3) { text count }
            composition${networkShares}
            medoidText
            medoidEmbedding { id }
            medoidInvocation {
              id
              externalId
              model
              sequenceNumber
              outputImage { mediaType url }
              run { id network initialPrompt invocationCount }
              input { id model outputText outputImage { mediaType url } }
            }
          }
        }
      }
    }
  }
`;

/** The data of `walkOfResult`, with the clusters of all pages that were read. */
export interface Walk extends ClusteringResultData {
  clusters: { totalCount: number; edges: { node: WalkedCluster }[] };
}

/** A page of it. */
export type WalkPage = ClusteringResultData & { clusters: PageData<WalkedCluster> };

interface Image {
  mediaType: string;
  url: string;
}

interface WalkedCluster {
  id: string;
  label: number;
  name: string | null;
  note: string | null;
  size: number;
  share: number;
  persistence: number;
  topTexts: { text: string; count: number }[];
  composition: ShareData[];
  medoidText: string | null;
  medoidEmbedding: { id: string };
  medoidInvocation: {
    id: string;
    externalId: string | null;
    model: string;
    sequenceNumber: number;
    outputImage: Image | null;
    run: { id: string; network: string[]; initialPrompt: string; invocationCount: number };
    input: {
      id: string;
      model: string;
      outputText: string | null;
      outputImage: Image | null;
    } | null;
  };
}

/** The columns before what is said of the result. */
const headIndent = 10;
/** The columns before the texts of a cluster. */
const indent = 14;
/** The width of a text that something follows on the same line. */
const inputWidth = 80;

/**
 * Formats the walk from clusters to runs as text for a terminal.
 * @param width of the lines, in columns: longer texts are cut
 * @param command see Cli.command
 */
export function formatWalk(walk: Walk, width: number, command: Cli["command"]): string {
  const share = outlierShare(walk);
  const layout = layoutText(walk);
  const lines = [
    `${walk.id}  ${walk.status}`,
    ...(walk.name === null ? [] : [`name      ${quoted(walk.name, width - headIndent)}`]),
    ...(walk.note === null ? [] : [`note      ${quoted(walk.note, width - headIndent)}`]),
    `${walk.algorithm} of ${counted(walk.embeddingCount, "embedding")} of ${name(walk.embeddingModel.name)}: ` +
      `${counted(walk.clusterCount, "cluster")}, ${counted(walk.outlierCount, "outlier")}${share ? ` (${share})` : ""}`,
    `with ${parametersText(walk.parameters)}`,
    ...(layout === null ? [] : [`reduction ${layout}`]),
    `filter    ${filterText(walk.filter) ?? "none: all embeddings of the model"}`,
    `engine    version ${printable(walk.engineVersion)}`,
    `requested ${time(walk.createdAt)}${walk.finishedAt ? `, finished ${time(walk.finishedAt)}` : ""}`,
  ];
  if (walk.inputDigest) lines.push(`digest    ${walk.inputDigest}`);
  if (walk.failure) lines.push(`failure   ${walk.failure.code} ${printable(walk.failure.message)}`);
  for (const { node } of walk.clusters.edges) lines.push("", ...clusterLines(node, width, command));
  const more = (walk.clusterCount ?? 0) - walk.clusters.edges.length;
  if (more > 0)
    lines.push(
      "",
      `… and ${number(more)} more ${more === 1 ? "cluster" : "clusters"} (--first ${walk.clusterCount}).`,
    );
  return `${lines.join("\n")}\n`;
}

function clusterLines(cluster: WalkedCluster, width: number, command: Cli["command"]): string[] {
  const { label, size, share, medoidText, medoidInvocation: medoid } = cluster;
  const { run, input } = medoid;
  const networks = networksText(cluster.composition);
  const textWidth = width - indent;
  // A run of one invocation has no steps worth naming: that of a table's row, for example.
  const step = run.invocationCount > 1 ? `, step ${medoid.sequenceNumber}` : "";
  const externalId = medoid.externalId === null ? "" : `, external id ${name(medoid.externalId)}`;
  const noText = medoid.outputImage ? "(an image)" : "(no text)";
  const lines = [
    `Cluster ${label}${inQuotes(cluster.name)}: ${counted(size, "embedding")}, ${percent(share)}`,
    ...(cluster.note === null ? [] : [`  note        ${quoted(cluster.note, textWidth)}`]),
    `  medoid      ${medoidText === null ? noText : quoted(medoidText, textWidth)}`,
    ...(medoid.outputImage ? [imageLine("of the medoid", medoid.id, medoid.outputImage, command)] : []),
    ...textLines(cluster, textWidth),
    ...(networks === null ? [] : [`  networks    ${networks}`]),
    `  invocation  ${medoid.id}${step}${by(medoid.model)}${externalId}`,
    `  run         ${run.id}${run.network.some(isKnown) ? `, ${networkText(run.network)}` : ""}`,
  ];
  if (run.initialPrompt !== "") lines.push(`  prompt      ${quoted(run.initialPrompt, textWidth)}`);
  if (input?.outputImage) {
    lines.push(
      imageLine(
        isKnown(input.model) ? `by ${name(input.model)}` : "of the input",
        input.id,
        input.outputImage,
        command,
      ),
    );
  } else if (input?.outputText) {
    lines.push(
      `  input       ${quoted(input.outputText, Math.min(inputWidth, textWidth))}${by(input.model)}`,
    );
  }
  return lines;
}

const by = (model: string) => (isKnown(model) ? ` by ${name(model)}` : "");

/** Says how to see the image that an invocation produced. @param which the words that identify the image */
function imageLine(
  which: string,
  invocationId: string,
  { url, mediaType }: Image,
  command: Cli["command"],
): string {
  // A path is the address of no server: the image can be seen in a file.
  const where = url.startsWith("/")
    ? `: \`${command("image", invocationId, "--out", `image.${fileEnding(mediaType)}`)}\``
    : `, ${url}`;
  return `  image       ${which}${where}`;
}

/** The most frequent texts of a cluster with their counts, aligned; of a single text, which is the medoid's, the count. */
function textLines({ topTexts, size }: WalkedCluster, width: number): string[] {
  if (topTexts[0]?.count === size) return [`  texts       ${number(size)} × one text`];
  const counts = topTexts.map(({ count }) => number(count));
  const countWidth = Math.max(0, ...counts.map((count) => count.length));
  return topTexts.map(({ text }, i) => {
    const count = `${counts[i].padStart(countWidth)} × `;
    return `  ${i === 0 ? "texts" : "     "}       ${count}${quoted(text, width - count.length)}`;
  });
}

/** The ending of the name of a file with an image of this type: "svg" for "image/svg+xml". */
const fileEnding = (mediaType: string) => mediaType.replace(/^image\//, "").replace(/\+.*/, "");

/** A time of the API to the second. */
const time = (text: string) => `${text.slice(0, 19).replace("T", " ")} UTC`;
