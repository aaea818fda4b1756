/**
 * From which adjusted Rand index on two clusterings agree as the words say, the highest first, as Steinley (2004) names
 * it: `medoid compare` says the same.
 */
const agreements: readonly [number, string][] = [
  [1, "The clusters are the same."],
  [0.9, "The clusters agree almost completely."],
  [0.8, "The clusters agree well."],
  [0.65, "The clusters agree moderately."],
  [0.1, "The clusters agree little."],
  [Number.NEGATIVE_INFINITY, "The clusters agree hardly more than by chance."],
];

/** In words how well two clusterings agree. @param index the adjusted Rand index, −0.5 to 1 */
export const agreementText = (index: number): string => agreements.find(([from]) => index >= from)![1];
