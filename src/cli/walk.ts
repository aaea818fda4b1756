import { printable } from "./printable.js";

/** The data of the walk query. */
export interface Walk {
  id: string;
  status: string;
  embeddingModel: { name: string };
  algorithm: string;
  parameters: Record<string, unknown>;
  embeddingCount: number | null;
  clusterCount: number | null;
  outlierCount: number | null;
  failure: { code: string; message: string } | null;
  clusters: { edges: { node: WalkedCluster }[] };
}

interface WalkedCluster {
  id: string;
  label: number;
  size: number;
  share: number;
  medoidText: string | null;
  medoidEmbedding: { id: string };
  medoidInvocation: {
    id: string;
    model: string;
    sequenceNumber: number;
    run: { id: string; network: string[]; initialPrompt: string };
    input: { id: string; model: string; outputText: string | null; outputImageUrl: string | null } | null;
  };
}

const number = (value: number | null) => (value === null ? "?" : value.toLocaleString("en-US"));
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const quoted = (text: string) => printable(JSON.stringify(text));

/** Formats the walk from clusters to runs as text for a terminal. */
export function formatWalk(walk: Walk): string {
  const lines = [
    `${walk.id}  ${walk.status}`,
    `${walk.algorithm} of ${number(walk.embeddingCount)} embeddings of ${printable(walk.embeddingModel.name)}: ` +
      `${number(walk.clusterCount)} clusters, ${number(walk.outlierCount)} outliers`,
    `with ${Object.entries(walk.parameters)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${printable(String(value))}`)
      .join(", ")}`,
  ];
  for (const { node } of walk.clusters.edges) {
    const { label, size, share, medoidText, medoidInvocation: medoid } = node;
    lines.push(
      "",
      `Cluster ${label}: ${number(size)} embeddings, ${percent(share)}`,
      `  medoid      ${medoidText === null ? "(no text)" : quoted(medoidText)}`,
      `  invocation  ${medoid.id}, step ${medoid.sequenceNumber} by ${printable(medoid.model)}`,
      `  run         ${medoid.run.id}, ${medoid.run.network.map(printable).join(" → ")}`,
      `  prompt      ${quoted(medoid.run.initialPrompt)}`,
    );
    if (medoid.input?.outputImageUrl) {
      lines.push(`  image       ${medoid.input.outputImageUrl} by ${printable(medoid.input.model)}`);
    } else if (medoid.input?.outputText) {
      lines.push(`  input       ${quoted(medoid.input.outputText)} by ${printable(medoid.input.model)}`);
    }
  }
  const more = (walk.clusterCount ?? 0) - walk.clusters.edges.length;
  if (more > 0) lines.push("", `… and ${number(more)} more clusters (--first ${walk.clusterCount}).`);
  return `${lines.join("\n")}\n`;
}
