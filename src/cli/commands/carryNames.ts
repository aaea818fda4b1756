import type { Api } from "../api/api.js";
import { counted, inQuotes } from "../output/clusteringResult.js";
import { CommandError } from "../process.js";
import { type AnnotationOutcome, annotateClusterMutation } from "./name.js";

/** As many entries as one request returns. */
const entriesPerRequest = 500;

const continuedQuery = /* GraphQL */ `
  query Continued($from: ID!, $to: ID!, $skip: Int!, $limit: Int!) {
    compareClusteringResults(from: $from, to: $to) {
      lineage(kind: CONTINUED, skip: $skip, limit: $limit) {
        from { id label name note }
        to { id label name note }
      }
    }
  }
`;

interface AnnotatedCluster {
  id: string;
  label: number;
  name: string | null;
  note: string | null;
}

interface Continued {
  from: AnnotatedCluster;
  to: AnnotatedCluster;
}

/** What was carried on, and what was not, because the new cluster has another name or note already. */
interface CarriedNames {
  carried: Carried[];
  kept: Continued[];
}

interface Carried extends Continued {
  /** What the new cluster was given; null: nothing, because it has one, or the old one has none. */
  name: string | null;
  note: string | null;
}

/**
 * Gives the names and notes of clusters to the clusters of another result that continue them. What a cluster is called
 * already stays.
 * @throws CommandError if one of the results is deleted meanwhile
 */
export async function carryNames(api: Api, ids: { from: string; to: string }): Promise<CarriedNames> {
  const carried: Carried[] = [];
  const kept: Continued[] = [];
  for (const { from, to } of await continuedClusters(api, ids)) {
    const [name, note] = (["name", "note"] as const).map((part) => (to[part] === null ? from[part] : null));
    if (name !== null || note !== null) {
      // What is absent stays.
      const input = { id: to.id, name: name ?? undefined, note: note ?? undefined };
      const { annotateCluster } = await api.execute<{ annotateCluster: AnnotationOutcome }>(
        annotateClusterMutation,
        { input },
      );
      if ("message" in annotateCluster) throw new CommandError(annotateCluster.message);
      carried.push({ from, to, name, note });
    }
    if (differs(from.name, to.name) || differs(from.note, to.note)) kept.push({ from, to });
  }
  return { carried, kept };
}

const differs = (old: string | null, present: string | null) =>
  old !== null && present !== null && old !== present;

/** All pairs of an old cluster and the new one that continues it, by the label of the old one. */
async function continuedClusters(api: Api, ids: { from: string; to: string }): Promise<Continued[]> {
  const all: Continued[] = [];
  for (;;) {
    const page = { skip: all.length, limit: entriesPerRequest };
    const { compareClusteringResults: compared } = await api.execute<{
      compareClusteringResults: { lineage: Continued[] } | null;
    }>(continuedQuery, { ...ids, ...page });
    if (compared === null) throw new CommandError("One of the results was deleted meanwhile.");
    all.push(...compared.lineage);
    if (compared.lineage.length < entriesPerRequest) return all;
  }
}

/** As text for a terminal. */
export function formatCarried({ carried, kept }: CarriedNames): string {
  const lines: string[] = [];
  if (carried.length > 0) {
    lines.push(
      `What ${counted(carried.length, "cluster")} that continued ${carried.length === 1 ? "was" : "were"} given:`,
    );
    for (const { from, to, name, note } of carried) {
      const what = name === null ? " its note" : `${inQuotes(name)}${note === null ? "" : " with its note"}`;
      lines.push(`  ${from.label} → ${to.label}${what}`);
    }
  } else {
    lines.push(
      "Nothing was carried on: no cluster that continued has a name or note that the new one lacks.",
    );
  }
  if (kept.length > 0) {
    lines.push("What was kept, because the new cluster has it already:");
    for (const { from, to } of kept) {
      const names = differs(from.name, to.name) ? `${inQuotes(to.name)}, not${inQuotes(from.name)}` : "";
      const note = differs(from.note, to.note) ? `${names && ","} its own note` : "";
      lines.push(`  ${from.label} → ${to.label}${names}${note}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
