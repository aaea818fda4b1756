import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted, distanceText } from "../parts/format.js";
import { useWidth } from "../parts/useWidth.js";
import { Link } from "../router/Link.js";
import { navigate } from "../router/location.js";
import { dendrogramPicture, nextJoin, nodeAt } from "./dendrogramPicture.js";
import type { Leaf, MergeTree, ShownTree } from "./mergeTree.js";

interface DendrogramProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  tree: MergeTree;
  shown: ShownTree;
  /** A short name of a cluster. */
  nameOf(label: number): string;
  /** Number of embeddings of each cluster and branch, by its number; undefined until it is known. */
  sizes: readonly (number | undefined)[];
}

/** The tree of merges, its clusters and folded branches at the right; what is pointed at is said above it. */
export function Dendrogram({ resultId, tree, shown, nameOf, sizes }: DendrogramProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const pointed = useSignal<number | null>(null);
  const picture = useMemo(() => (width > 0 ? dendrogramPicture(shown, width) : null), [shown, width]);

  const embeddings = (node: number): string => {
    const size = sizes[node];
    return size === undefined ? "" : ` with ${counted(size, "embedding")}`;
  };
  const describe = (node: number): string => {
    const join = shown.joins.find((each) => each.node === node);
    if (join)
      return `${counted(join.clusters, "cluster")}${embeddings(node)} are joined at ${distanceText(join.distance)}.`;
    const { clusters, joinedAt, parent } = shown.leaves.find((leaf) => leaf.node === node)!;
    const what =
      clusters === 1
        ? `Cluster ${node}${embeddings(node)}`
        : `${counted(clusters, "cluster")}${embeddings(node)}, joined at ${distanceText(joinedAt)} and folded here,`;
    const merge = parent === null ? undefined : tree.mergeOf(parent);
    return `${what}${merge ? ` ${clusters === 1 ? "joins" : "join"} others at ${distanceText(merge.distance)}` : ""}.`;
  };
  const destination = (node: number) =>
    tree.isBranch(node)
      ? ({ view: "merges", result: resultId, branch: node } as const)
      : ({ view: "cluster", result: resultId, label: node } as const);
  const open = (node: number | null) => {
    if (node !== null && node !== shown.root) navigate(destination(node));
  };
  const at = (event: { offsetX: number; offsetY: number }) =>
    picture && nodeAt(picture, event.offsetX, event.offsetY);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !picture) return;
    if (event.key.startsWith("Arrow")) {
      pointed.value = nextJoin(shown, picture.joins, pointed.value, event.key) ?? pointed.value;
    } else if (event.key === "Enter") open(pointed.value);
    else return;
    event.preventDefault();
  };
  const marked = picture?.joins.find(({ node }) => node === pointed.value);
  const opens = pointed.value !== null && pointed.value !== shown.root;
  return (
    <div class="dendrogram">
      <p class="dendrogram-pointed" aria-live="polite">
        {pointed.value === null
          ? "Point at a merge to see its distance. A click opens a cluster or a branch."
          : describe(pointed.value)}
      </p>
      <div class="dendrogram-tree">
        <div
          ref={frame}
          class={opens ? "dendrogram-lines opens" : "dendrogram-lines"}
          role="application"
          aria-roledescription="dendrogram"
          aria-label={`How ${counted(tree.clustersOf(shown.root), "cluster")} merge. Arrow keys go from merge to merge, Enter opens one.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys go from merge to merge
          tabIndex={0}
          onKeyDown={onKeyDown}
          onFocus={() => (pointed.value ??= shown.root)}
          onBlur={() => (pointed.value = null)}
          onPointerMove={(event) => (pointed.value = at(event))}
          onPointerLeave={() => (pointed.value = null)}
          onClick={(event) => open(at(event))}
        >
          {picture && (
            <svg width={picture.width} height={picture.height} aria-hidden="true">
              {picture.ticks.map(({ at, text }) => (
                <g key={text} class="tick">
                  <line x1={at} x2={at} y1={picture.top - 6} y2={picture.height} />
                  <text x={at} y={picture.top - 10} text-anchor={at > picture.width - 24 ? "end" : "middle"}>
                    {text}
                  </text>
                </g>
              ))}
              <path class="branches" d={picture.lines()} />
              {pointed.value !== null && <path class="pointed" d={picture.lines(pointed.value)} />}
              {marked && <circle class="pointed" cx={marked.x} cy={marked.y} r="4.5" />}
            </svg>
          )}
        </div>
        <ol class="dendrogram-leaves">
          {shown.leaves.map((leaf) => (
            <LeafItem
              key={leaf.node}
              leaf={leaf}
              to={destination(leaf.node)}
              name={leaf.clusters === 1 ? nameOf(leaf.node) : counted(leaf.clusters, "cluster")}
              size={sizes[leaf.node]}
              isPointed={pointed.value === leaf.node}
              point={(isPointed) => (pointed.value = isPointed ? leaf.node : null)}
            />
          ))}
        </ol>
      </div>
      <p class="muted">
        From left to right the distance falls
        {picture?.isLogarithmic ? ", on a logarithmic scale" : ""}: it is the longest step on the way from one
        cluster to the other.
      </p>
    </div>
  );
}

interface LeafItemProps {
  leaf: Leaf;
  to: Parameters<typeof navigate>[0];
  name: string;
  size: number | undefined;
  isPointed: boolean;
  point(isPointed: boolean): void;
}

/** A cluster, or a branch that is folded. */
function LeafItem({ leaf, to, name, size, isPointed, point }: LeafItemProps) {
  return (
    <li>
      <Link
        to={to}
        class={isPointed ? "pointed" : undefined}
        title={name}
        onPointerEnter={() => point(true)}
        onPointerLeave={() => point(false)}
        onFocus={() => point(true)}
        onBlur={() => point(false)}
      >
        {leaf.clusters === 1 ? <ClusterMark label={leaf.node} /> : <span aria-hidden>▸</span>}
        <span class="one-line" dir="auto">
          {name}
        </span>
        {size !== undefined && <span class="muted">{count(size)}</span>}
      </Link>
    </li>
  );
}
