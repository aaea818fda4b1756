// How clusters merge, as a tree from left to right: the last merge at the left, the clusters at the right.

/** A merge of two clusters, or of what earlier merges have made, numbered as in a linkage matrix of SciPy. */
export interface Merge {
  left: number;
  right: number;
  distance: number;
  /** Number of clusters. */
  size: number;
}

/** A cluster, or a branch that is folded, at the right end of the tree. */
export interface Leaf {
  /** The label of a cluster; clusterCount + i for what the merge i has made. */
  node: number;
  /** Number of clusters. */
  clusters: number;
  /** The distance at which all of them are joined; 0 for one cluster. */
  joinedAt: number;
  /** The number of the merge by which it joins others; null if it is all that is shown. */
  parent: number | null;
}

/** A merge that is shown. */
interface Join {
  node: number;
  /** Its two, the upper first. */
  children: readonly [number, number];
  parent: number | null;
  distance: number;
  clusters: number;
}

/** What is shown of a tree. */
export interface ShownTree {
  root: number;
  /** From top to bottom. */
  leaves: readonly Leaf[];
  /** The distance falls from one to the next. */
  joins: readonly Join[];
}

/** The tree of all merges of a clustering. */
export class MergeTree {
  readonly clusterCount: number;

  /** @param merges one fewer than there are clusters, in the order of the distance; at least one */
  constructor(readonly merges: readonly Merge[]) {
    this.clusterCount = merges.length + 1;
  }

  /** What all clusters are in. */
  get root(): number {
    return this.clusterCount + this.merges.length - 1;
  }

  mergeOf = (node: number): Merge | undefined => this.merges[node - this.clusterCount];
  clustersOf = (node: number): number => this.mergeOf(node)?.size ?? 1;

  /** Whether a number is that of a merge. */
  isBranch = (node: number): boolean => this.mergeOf(node) !== undefined;

  /** The labels of the clusters in a branch. */
  labelsOf(node: number): number[] {
    const labels: number[] = [];
    this.#walk(node, (each) => {
      if (each < this.clusterCount) labels.push(each);
      return true;
    });
    return labels;
  }

  /**
   * How many embeddings are in each cluster and branch, by its number.
   * @param sizes those of the clusters by label; undefined if it is not known
   */
  sums(sizes: readonly (number | undefined)[]): (number | undefined)[] {
    const sums = Array.from({ length: this.clusterCount }, (_, label) => sizes[label]);
    for (const { left, right } of this.merges) {
      const [one, other] = [sums[left], sums[right]];
      sums.push(one === undefined || other === undefined ? undefined : one + other);
    }
    return sums;
  }

  /**
   * A branch, of which only the merges of the largest distances are shown; what is below them is folded.
   * @param root the number of a merge
   * @param most number of leaves at most, 1 or more
   */
  shown(root: number, most: number): ShownTree {
    const all: number[] = [];
    this.#walk(root, (node) => {
      if (this.isBranch(node)) all.push(node);
      return true;
    });
    // The distance never falls with the number, and each merge comes after those that it merges.
    const joined = new Set(all.sort((a, b) => b - a).slice(0, most - 1));
    const parents = new Map<number, number>();
    const joins = [...joined].map((node) => {
      const { left, right, distance, size } = this.mergeOf(node)!;
      // What has more clusters is above, so that a chain of merges leads from the upper left to the lower right.
      const isOrdered = this.clustersOf(left) >= this.clustersOf(right);
      const children: [number, number] = isOrdered ? [left, right] : [right, left];
      for (const child of children) parents.set(child, node);
      return { node, children, distance, clusters: size, parent: parents.get(node) ?? null };
    });
    const childrenOf = new Map(joins.map(({ node, children }) => [node, children]));
    const leaves: Leaf[] = [];
    const waiting = [root];
    while (waiting.length > 0) {
      const node = waiting.pop()!;
      const children = childrenOf.get(node);
      if (children) waiting.push(children[1], children[0]);
      else {
        const joinedAt = this.mergeOf(node)?.distance ?? 0;
        leaves.push({ node, clusters: this.clustersOf(node), joinedAt, parent: parents.get(node) ?? null });
      }
    }
    return { root, leaves, joins };
  }

  /** Visits a branch from its root on. @param visit whether what the node merges is visited too */
  #walk(root: number, visit: (node: number) => boolean): void {
    const waiting = [root]; // a chain of merges is too deep for recursion
    while (waiting.length > 0) {
      const node = waiting.pop()!;
      const merge = this.mergeOf(node);
      if (visit(node) && merge) waiting.push(merge.left, merge.right);
    }
  }
}

const rounded = [2, 3, 5, 8, 12, 20, 30, 40, 60, 80, 120, 200, 300, 500, 800, 1200, 2000, 3000, 5000, 10_000];
/** So many leaves are seen at once, and read without scrolling far. */
const first = 40;
/** So many are shown at most, the most that a browser draws at once. */
const mostShown = 2000;

/** How many leaves a branch may be shown with, in rising order. @param clusters number of clusters of the branch */
export function leafCounts(clusters: number): number[] {
  const most = Math.min(clusters, mostShown);
  return [...rounded.filter((n) => n < most), most];
}

/** The place in `leafCounts` that is shown first. */
export function firstLeafCount(counts: readonly number[]): number {
  const last = counts.length - 1;
  return counts[last] <= 1.5 * first ? last : counts.findLastIndex((n) => n <= first);
}
