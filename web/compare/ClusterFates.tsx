import type { CompareQuery } from "../generated/operations.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted } from "../parts/format.js";
import { Text } from "../parts/Text.js";
import { fatedClusters, fateText, type Side } from "./fates.js";
import type { SelectedCluster } from "./selection.js";

type LineageEntry = NonNullable<CompareQuery["compareClusteringResults"]>["lineage"][number];

interface ClusterFatesProps {
  side: Side;
  lineage: readonly LineageEntry[];
  /** How many embeddings are in no cluster. */
  outlierCount: number;
  selected: SelectedCluster | null;
  /** The clusters of this side that have embeddings in common with the selected one of the other side. */
  related: ReadonlyMap<number, number>;
  select(selected: SelectedCluster | null): void;
}

/** The clusters of one of two clusterings, each with what became of it; a click selects one, and again none. */
export function ClusterFates({ side, lineage, outlierCount, selected, related, select }: ClusterFatesProps) {
  const item = (label: number) => {
    const isSelected = selected?.side === side && selected.label === label;
    const shared = related.get(label);
    return {
      type: "button" as const,
      class: shared === undefined ? "fate" : "fate related",
      "aria-pressed": isSelected,
      onClick: () => select(isSelected ? null : { side, label }),
    };
  };
  const sharedText = (label: number) => {
    const shared = related.get(label);
    return shared !== undefined && <span class="shared">{count(shared)} in common</span>;
  };
  return (
    <ul class="fates">
      {fatedClusters(lineage, side).map(({ cluster: { label, size, medoidText }, entries }) => (
        <li key={label}>
          <button {...item(label)}>
            <span class="cluster-facts">
              <ClusterMark label={label} />
              <strong>Cluster {label}</strong>
              <span>{count(size)}</span>
              {sharedText(label)}
            </span>
            <span class="muted">{fateText(entries, side)}</span>
            {medoidText !== null && <Text text={medoidText} />}
          </button>
        </li>
      ))}
      {outlierCount > 0 && (
        <li>
          <button {...item(-1)}>
            <span class="cluster-facts">
              <ClusterMark label={-1} />
              <strong>Outliers</strong>
              <span>{counted(outlierCount, "embedding")}</span>
              {sharedText(-1)}
            </span>
          </button>
        </li>
      )}
    </ul>
  );
}
