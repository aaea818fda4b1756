/** From which adjusted Rand index on two clusterings agree as the words say, the highest first. */
const agreements: readonly [number, string][] = [
  [1, "The clusters are the same."],
  [0.9, "The clusters are nearly the same."],
  [0.65, "The clusters agree for the most part."],
  [0.3, "The clusters agree in part."],
  [0.05, "The clusters have little in common."],
  [Number.NEGATIVE_INFINITY, "The clusters agree no more than by chance."],
];

/** In words how well two clusterings agree. @param index the adjusted Rand index, −0.5 to 1 */
export const agreementText = (index: number): string => agreements.find(([from]) => index >= from)![1];
