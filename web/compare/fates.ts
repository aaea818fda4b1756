import { count } from "../parts/format.js";

/** The earlier or the later of two clusterings. */
export type Side = "from" | "to";

/** What became of a cluster, as the API says it. */
export interface Lineage {
  kind: "CONTINUED" | "SPLIT" | "MERGED" | "BORN" | "DIED";
  from: { label: number } | null;
  to: { label: number } | null;
}

/** A cluster of one side with all that is said of it. */
interface Fated<Entry extends Lineage> {
  cluster: NonNullable<Entry[Side]>;
  entries: readonly Entry[];
}

/** The clusters of one side by label, each with its entries. */
export function fatedClusters<Entry extends Lineage>(lineage: readonly Entry[], side: Side): Fated<Entry>[] {
  const clusters = new Map<number, { cluster: NonNullable<Entry[Side]>; entries: Entry[] }>();
  for (const entry of lineage) {
    const cluster = entry[side] as Entry[Side];
    if (cluster === null) continue;
    const known = clusters.get(cluster.label);
    if (known) known.entries.push(entry);
    else clusters.set(cluster.label, { cluster, entries: [entry] });
  }
  return [...clusters.values()].sort((a, b) => a.cluster.label - b.cluster.label);
}

/** In words what became of a cluster of the earlier clustering, or what a cluster of the later one came from. */
export function fateText(entries: readonly Lineage[], side: Side): string {
  const others = (kind: Lineage["kind"]) =>
    entries.flatMap((entry) => {
      const other = entry[side === "from" ? "to" : "from"];
      return entry.kind === kind && other ? [other.label] : [];
    });
  const [continued, split, merged] = [others("CONTINUED"), others("SPLIT"), others("MERGED")];
  const texts: string[] = [];
  if (side === "from") {
    if (continued.length > 0) texts.push(`continues as ${clusterList(continued)}`);
    if (split.length > 0) {
      const parts = clusterList(split);
      texts.push(continued.length + merged.length > 0 ? `${parts} split off` : `splits into ${parts}`);
    }
    if (merged.length > 0) texts.push(`merges into ${clusterList(merged)}`);
    return texts.length > 0 ? texts.join("; ") : "is gone";
  }
  if (continued.length > 0) texts.push(`continues ${clusterList(continued)}`);
  if (split.length > 0) texts.push(`split off from ${clusterList(split)}`);
  if (merged.length > 0) texts.push(`takes in ${clusterList(merged)}`);
  return texts.length > 0 ? texts.join("; ") : "is new";
}

const mostNamed = 6;
const listing = new Intl.ListFormat("en-GB", { type: "conjunction" });

function clusterList(labels: readonly number[]): string {
  const named = labels.slice(0, mostNamed).map(String);
  const rest = labels.length - named.length;
  const all = listing.format(rest > 0 ? [...named, `${count(rest)} more`] : named);
  return `${labels.length === 1 ? "cluster" : "clusters"} ${all}`;
}

/** How many clusters had each fate: those of the earlier clustering, except for merged and born ones of the later. */
export function fateCounts(lineage: readonly Lineage[]): Record<Lineage["kind"], number> {
  const different = (kind: Lineage["kind"], side: Side) =>
    new Set(lineage.filter((entry) => entry.kind === kind).map((entry) => entry[side]?.label)).size;
  return {
    CONTINUED: different("CONTINUED", "from"),
    SPLIT: different("SPLIT", "from"),
    MERGED: different("MERGED", "to"),
    BORN: different("BORN", "to"),
    DIED: different("DIED", "from"),
  };
}
