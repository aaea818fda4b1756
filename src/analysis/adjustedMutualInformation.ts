import { groupSizes, type Overlap } from "../clustering/overlaps.js";

/** Terms of a sum that are less than this share of it add nothing. */
const NEGLIGIBLE = 2 ** -60;

/**
 * The adjusted mutual information of two groupings of the same rows (Vinh, Epps & Bailey 2010), scaled by the mean of
 * their entropies: 1 for equal groupings, about 0 for independent ones.
 * @param throwIfStopped called now and then, because many groups of different sizes take seconds
 */
export function adjustedMutualInformation(overlaps: readonly Overlap[], throwIfStopped = () => {}): number {
  const from = groupSizes(overlaps, "from");
  const to = groupSizes(overlaps, "to");
  // Equal groupings, of which one group of all rows, and a group for each row, would be divided by 0.
  if (from.size === overlaps.length && to.size === overlaps.length) return 1;
  const rows = overlaps.reduce((sum, { count }) => sum + count, 0);
  let information = 0;
  for (const overlap of overlaps) {
    const chance = (from.get(overlap.from) as number) * (to.get(overlap.to) as number);
    information += (overlap.count / rows) * Math.log((rows * overlap.count) / chance);
  }
  const expected = expectedInformation(from, to, rows, throwIfStopped);
  const mean = (entropy(from, rows) + entropy(to, rows)) / 2;
  const scale = mean - expected;
  // Where both are 0, up to rounding, there is nothing that chance could not give.
  return Math.abs(scale) < Number.EPSILON ? 0 : (information - expected) / scale;
}

function entropy(sizes: Map<number, number>, rows: number): number {
  let sum = 0;
  for (const size of sizes.values()) sum -= (size / rows) * Math.log(size / rows);
  return sum;
}

/** The mutual information that groupings with these sizes of groups have by chance. Groups of equal size share a sum. */
function expectedInformation(
  from: Map<number, number>,
  to: Map<number, number>,
  rows: number,
  throwIfStopped: () => void,
): number {
  const bySizeTo = [...numbersOfSizes(to)];
  let sum = 0;
  for (const [a, groupsFrom] of numbersOfSizes(from)) {
    throwIfStopped();
    for (const [b, groupsTo] of bySizeTo) sum += groupsFrom * groupsTo * expectedTerm(a, b, rows);
  }
  return sum;
}

function numbersOfSizes(sizes: Map<number, number>): Map<number, number> {
  const numbers = new Map<number, number>();
  for (const size of sizes.values()) numbers.set(size, (numbers.get(size) ?? 0) + 1);
  return numbers;
}

/**
 * What groups of a and b of `rows` rows add to the mutual information on average: Σ P(k) · k / rows · ln(rows · k / (a · b))
 * over the number k of rows that they share, which is hypergeometric. Its probabilities are taken relative to the most
 * probable number and divided by their sum, so that no factorial of large numbers is needed.
 */
function expectedTerm(a: number, b: number, rows: number): number {
  const least = Math.max(0, a + b - rows);
  const most = Math.min(a, b);
  const mode = Math.min(most, Math.max(least, Math.floor(((a + 1) * (b + 1)) / (rows + 2))));
  let total = 0;
  let sum = 0;
  const add = (k: number, probability: number): void => {
    total += probability;
    if (k > 0) sum += probability * (k / rows) * Math.log((rows * k) / (a * b));
  };
  add(mode, 1);
  let probability = 1;
  for (let k = mode; k < most; k++) {
    probability *= ((a - k) * (b - k)) / ((k + 1) * (rows - a - b + k + 1));
    if (probability < total * NEGLIGIBLE) break;
    add(k + 1, probability);
  }
  probability = 1;
  for (let k = mode; k > least; k--) {
    probability *= (k * (rows - a - b + k)) / ((a - k + 1) * (b - k + 1));
    if (probability < total * NEGLIGIBLE) break;
    add(k - 1, probability);
  }
  return sum / total;
}
