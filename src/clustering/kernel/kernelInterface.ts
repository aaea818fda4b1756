/**
 * The operations of the all-pairs work and of the layout; assembly/kernel.ts and assembly/layoutSteps.ts describe
 * each. Arguments that are addresses are byte addresses in the memory that the kernel was made for.
 */
export interface Kernel {
  blockDistances(
    a: number,
    b: number,
    stride: number,
    normA: number,
    scaleA: number,
    normB: number,
    scaleB: number,
    out: number,
  ): void;
  keepNearest(
    block: number,
    i0: number,
    j0: number,
    k: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
    locks: number,
    extremes: number,
  ): void;
  keepBelowBounds(
    block: number,
    i0: number,
    j0: number,
    k: number,
    rows: number,
    stride: number,
    norms: number,
    scales: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
    locks: number,
    errors: number,
    facts: number,
    most: number,
    out: number,
  ): number;
  offerBlock(
    block: number,
    namesA: number,
    namesB: number,
    limitsA: number,
    limitsB: number,
    same: number,
    k: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
    locks: number,
  ): void;
  offerRow(
    row: number,
    names: number,
    count: number,
    rows: number,
    stride: number,
    norms: number,
    scales: number,
    k: number,
    limits: number,
    counts: number,
    values: number,
    indices: number,
    locks: number,
  ): void;
  collectBelow(block: number, limits: number, out: number): number;
  addWeightedDistances(block: number, weights: number, costs: number): void;
  dotRows(rows: number, stride: number, list: number, count: number, vector: number, out: number): void;
  layOutEdges(
    places: number,
    width: number,
    heads: number,
    others: number,
    due: number,
    periods: number,
    from: number,
    to: number,
    count: number,
    epoch: number,
    rate: number,
    a: number,
    b: number,
    mix: number,
  ): void;
}
