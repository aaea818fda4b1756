import type { Leaf, ShownTree } from "./mergeTree.js";

/** A merge where it is drawn: a line down from its upper to its lower branch. */
interface PlacedJoin {
  node: number;
  x: number;
  y: number;
  top: number;
  bottom: number;
}

/** A leaf where it is drawn: a line from the merge that it joins to the right edge. */
interface PlacedLeaf {
  leaf: Leaf;
  /** Where its line begins, and where all its clusters are joined: the right edge for one cluster. */
  from: number;
  x: number;
  y: number;
}

interface DendrogramPicture {
  width: number;
  height: number;
  /** Pixels from the top to the first row. */
  top: number;
  isLogarithmic: boolean;
  joins: readonly PlacedJoin[];
  leaves: readonly PlacedLeaf[];
  ticks: readonly { at: number; text: string }[];
  /** The lines of a branch, as the `d` of an SVG path. @param node it is of; absent: all */
  lines(node?: number): string;
}

/** The height of a leaf in pixels. */
export const rowHeight = 26;
const margins = { left: 10, right: 2, top: 26, bottom: 4 };
const leastTickDistance = 44;
/** From which ratio of the largest to the smallest distance on the scale is logarithmic: then most would lie at its end. */
const logarithmicRatio = 10;

/** Where everything of a tree is, distances growing to the left. @param width of the picture in pixels */
export function dendrogramPicture(tree: ShownTree, width: number): DendrogramPicture {
  const [left, right] = [margins.left, Math.max(margins.left + 1, width - margins.right)];
  const distances = [
    ...tree.joins.map(({ distance }) => distance),
    ...tree.leaves.map((leaf) => leaf.joinedAt),
  ];
  const scale = distanceScale(distances.filter((distance) => distance > 0));
  const xOf = (distance: number) => left + (1 - scale.place(distance)) * (right - left);
  const joinX = new Map(tree.joins.map(({ node, distance }) => [node, xOf(distance)]));

  const yOf = new Map<number, number>();
  const leaves = tree.leaves.map((leaf, row) => {
    const y = margins.top + rowHeight * (row + 0.5);
    yOf.set(leaf.node, y);
    const from = leaf.parent === null ? left : joinX.get(leaf.parent)!;
    return { leaf, from, x: leaf.clusters === 1 ? right : Math.max(from, xOf(leaf.joinedAt)), y };
  });
  // What is merged comes after the merge.
  const joins = tree.joins
    .toReversed()
    .map(({ node, children }) => {
      const [top, bottom] = children.map((child) => yOf.get(child)!);
      const y = (top + bottom) / 2;
      yOf.set(node, y);
      return { node, x: joinX.get(node)!, y, top, bottom };
    })
    .reverse();

  const parts = new Map<number, string>();
  for (const { leaf, from, x, y } of leaves) {
    const line = `M${from.toFixed(1)} ${y}H${x.toFixed(1)}`;
    // A folded branch is a wedge, which widens towards its clusters.
    const half = rowHeight / 2 - 5;
    const wedge = leaf.clusters === 1 ? "" : `M${x.toFixed(1)} ${y}L${right} ${y - half}V${y + half}Z`;
    parts.set(leaf.node, line + wedge);
  }
  const parentX = new Map(
    tree.joins.map(({ node, parent }) => [node, parent === null ? 0 : joinX.get(parent)!]),
  );
  for (const { node, x, y, top, bottom } of joins) {
    parts.set(
      node,
      `M${parentX.get(node)!.toFixed(1)} ${y}H${x.toFixed(1)}M${x.toFixed(1)} ${top}V${bottom}`,
    );
  }
  const childrenOf = new Map(tree.joins.map(({ node, children }) => [node, children]));
  return {
    ...{ width, joins, leaves, top: margins.top },
    height: margins.top + rowHeight * leaves.length + margins.bottom,
    isLogarithmic: scale.isLogarithmic,
    ticks: spaced(scale.ticks.map(({ value, text }) => ({ at: xOf(value), text }))),
    lines(node = tree.root) {
      const path: string[] = [];
      const waiting = [node];
      while (waiting.length > 0) {
        const each = waiting.pop()!;
        path.push(parts.get(each) ?? "");
        waiting.push(...(childrenOf.get(each) ?? []));
      }
      return path.join("");
    },
  };
}

interface Scale {
  isLogarithmic: boolean;
  /** 0 for the least distance, or less, to 1 for the largest. */
  place(distance: number): number;
  ticks: readonly { value: number; text: string }[];
}

/** @param distances more than 0 */
function distanceScale(distances: readonly number[]): Scale {
  const highest = distances.reduce((a, b) => Math.max(a, b), 0) || 1;
  const lowest = distances.reduce((a, b) => Math.min(a, b), highest);
  const isLogarithmic = highest / lowest >= logarithmicRatio;
  if (isLogarithmic) {
    const from = Math.log(lowest) - 0.08 * Math.log(highest / lowest);
    const to = Math.log(highest);
    const ticks: number[] = [];
    for (const first of [1, 5, 2]) {
      for (let power = Math.floor(from / Math.LN10) - 1; first * 10 ** power <= highest; power++)
        if (Math.log(first * 10 ** power) >= from) ticks.push(first * 10 ** power);
    }
    const place = (distance: number) =>
      distance <= 0 ? 0 : Math.max(0, (Math.log(distance) - from) / (to - from));
    return { isLogarithmic, place, ticks: ticks.map((value) => ({ value, text: tickText(value) })) };
  }
  // From 0 unless all merges would lie at the end.
  const range = highest - lowest || highest;
  const from = lowest < range ? 0 : Math.max(0, lowest - 0.12 * range);
  const ticks = evenTicks(from, highest);
  return { isLogarithmic, place: (distance) => Math.max(0, (distance - from) / (highest - from)), ticks };
}

/** About four numbers between two, in steps of 1, 2 or 5 times a power of ten. */
function evenTicks(from: number, to: number): { value: number; text: string }[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: { value: number; text: string }[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to * (1 + 1e-12); n++)
    ticks.push({ value: n * step, text: (n * step).toFixed(decimals) });
  return ticks;
}

const tickText = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });

/** Those of the ticks that are far enough from all that come before them in the list. */
function spaced<Tick extends { at: number }>(ticks: readonly Tick[]): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    if (kept.every(({ at }) => Math.abs(at - tick.at) >= leastTickDistance)) kept.push(tick);
  }
  return kept;
}

/** How far the pointer may be away from a line, in pixels. */
const reach = 7;

/** The number of what is at a place of the picture: a merge, or else a leaf; null for nothing. */
export function nodeAt({ joins, leaves, top }: DendrogramPicture, x: number, y: number): number | null {
  let nearest: PlacedJoin | null = null;
  for (const join of joins) {
    if (y < join.top - reach || y > join.bottom + reach || Math.abs(x - join.x) > reach) continue;
    if (nearest === null || Math.abs(x - join.x) < Math.abs(x - nearest.x)) nearest = join;
  }
  if (nearest) return nearest.node;
  const row = leaves[Math.floor((y - top) / rowHeight)];
  return row && x >= row.from ? row.leaf.node : null;
}

/** The merge to which a key leads from another: to the left and right along branches, up and down by their places. */
export function nextJoin(
  { joins }: Pick<ShownTree, "joins">,
  placed: readonly PlacedJoin[],
  from: number | null,
  key: string,
): number | null {
  const current = joins.find(({ node }) => node === from);
  if (!current) return joins[0]?.node ?? null;
  if (key === "ArrowLeft") return current.parent;
  if (key === "ArrowRight")
    return current.children.find((child) => joins.some(({ node }) => node === child)) ?? null;
  const byPlace = [...placed].sort((a, b) => a.y - b.y);
  const place = byPlace.findIndex(({ node }) => node === from);
  return byPlace[place + (key === "ArrowUp" ? -1 : 1)]?.node ?? null;
}
