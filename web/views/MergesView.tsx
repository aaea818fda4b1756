import { useMemo } from "preact/hooks";
import { useQuery } from "../client/useQuery.js";
import { useWholeList } from "../client/useWholeList.js";
import { clusterSizes, merges, type ResultQuery } from "../generated/operations.js";
import { clusterNames } from "../map/labelText.js";
import { namesOnMap } from "../map/namesOnMap.js";
import { useClusterTexts } from "../map/useClusterTexts.js";
import { count, counted } from "../parts/format.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { useKept } from "../router/historyEntries.js";
import { Link } from "../router/Link.js";
import { Dendrogram } from "../tree/Dendrogram.js";
import { firstLeafCount, leafCounts, MergeTree } from "../tree/mergeTree.js";
import { TreeFailure } from "../tree/TreeFailure.js";
import { Gone } from "./Gone.js";

interface MergesViewProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  /** A clustering that has succeeded. */
  result: NonNullable<ResultQuery["clusteringResult"]>;
  /** The number of the merge whose branch is shown; null: the whole tree. */
  branch: number | null;
}

/** The API's longest page. */
const sizesPerPage = 500;

/** How the clusters of a result would merge as the distance grows. */
export function MergesView({ resultId, result, branch }: MergesViewProps) {
  const { id, clusterCount } = result;
  const { data, failure, read } = useQuery(merges, (clusterCount ?? 0) > 1 ? { id } : null);
  const found = data?.clusteringResult;
  const tree = useMemo(() => (found?.merges.length ? new MergeTree(found.merges) : null), [found]);
  if (found === null) return <Gone what="clustering" />;
  const hasBranch = tree !== null && (branch === null || tree.isBranch(branch));
  return (
    <article class="cluster-view">
      <nav class="cluster-nav" aria-label="Clusters">
        <Link to={{ view: "result", result: resultId }}>All clusters</Link>
        {branch !== null && (
          <Link to={{ view: "merges", result: resultId, branch: null }}>The whole tree</Link>
        )}
      </nav>
      <h2>How the clusters would merge</h2>
      {(clusterCount ?? 0) < 2 && (
        <p class="empty">
          This clustering has {counted(clusterCount ?? 0, "cluster")}: there is nothing to merge.
        </p>
      )}
      <TreeFailure failure={failure} id={id} what="How the clusters would merge is" retry={read} />
      {(clusterCount ?? 0) > 1 && !tree && !failure && <Loading />}
      {tree && !hasBranch && <p class="empty">This clustering has no branch {branch}.</p>}
      {tree && hasBranch && <Branch key={branch} {...{ id, resultId, tree }} root={branch ?? tree.root} />}
    </article>
  );
}

interface BranchProps {
  id: string;
  resultId: string;
  tree: MergeTree;
  root: number;
}

/** A branch of the tree, and how many of its merges are folded. */
function Branch({ id, resultId, tree, root }: BranchProps) {
  const clusterCount = tree.clustersOf(root);
  const counts = leafCounts(clusterCount);
  const chosen = useKept<number | null>(`leaves of ${root}`, null);
  const place = Math.min(chosen.value ?? firstLeafCount(counts), counts.length - 1);
  const shown = useMemo(() => tree.shown(root, counts[place]), [tree, root, place]);
  const names = useNames(resultId, id);
  const clusters = useWholeList(
    clusterSizes,
    { id, first: sizesPerPage },
    (read) => read.clusteringResult?.clusters,
  );
  const sizes = useMemo(() => {
    const known: number[] = [];
    for (const { node } of clusters.items ?? []) known[node.label] = node.size;
    return tree.sums(known);
  }, [tree, clusters.items]);
  const folded = clusterCount - shown.leaves.filter((leaf) => leaf.clusters === 1).length;
  const text = `${counted(shown.leaves.length, "row")}${folded > 0 ? `; ${counted(folded, "cluster")} folded` : ", nothing folded"}`;
  return (
    <>
      <p>
        {root === tree.root
          ? `All ${count(clusterCount)} clusters`
          : `A branch of ${counted(clusterCount, "cluster")}`}
        , joined step by step as the distance grows. Outliers take no part.
      </p>
      <FailureNotice failure={clusters.failure} retry={clusters.read} />
      {counts.length > 1 && (
        <div class="dendrogram-fold">
          <label>
            Detail{" "}
            <input
              type="range"
              min="0"
              max={counts.length - 1}
              value={place}
              aria-valuetext={text}
              onInput={({ currentTarget }) => (chosen.value = Number(currentTarget.value))}
            />
          </label>
          <output aria-live="off">{text}</output>
        </div>
      )}
      <Dendrogram
        {...{ resultId, tree, shown }}
        nameOf={(label) => names.get(label) ?? `cluster ${label}`}
        sizes={sizes}
      />
    </>
  );
}

/** The names that the clusters have on the map beside it, or else as if they were not on a map. */
function useNames(resultId: string, id: string): ReadonlyMap<number, string> {
  const onMap = namesOnMap.value;
  const texts = useClusterTexts(id);
  const own = useMemo(
    () => clusterNames(texts.map(({ label, medoidText }) => ({ label, text: medoidText, place: null }))),
    [texts],
  );
  return onMap?.resultId === resultId && onMap.names.size >= own.size ? onMap.names : own;
}
