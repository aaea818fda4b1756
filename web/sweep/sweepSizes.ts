/** The round numbers of a decade, which are about as far from each other on a logarithmic scale. */
const roundNumbers = [1, 1.5, 2, 3, 5, 7];

const mostSizes = 14;
const leastSizes = 3;
/** How many embeddings the sizes may be counted over, all together: so much is computed within a request's time. */
const mostWork = 1_400_000;

interface Swept {
  embeddingCount: number;
  parameters: { minClusterSize: number; maxClusterSize: number | null };
}

/**
 * The minimum cluster sizes at which a clustering is looked at: its own, and the round numbers that are the nearest to
 * it by their ratio; fewer for very many embeddings.
 * @returns rising: its own, and others from 2 to half of the embeddings, at most the clustering's maximum size
 */
export function sweepSizes({ embeddingCount, parameters }: Swept): number[] {
  const { minClusterSize: own, maxClusterSize } = parameters;
  const most = Math.min(embeddingCount / 2, maxClusterSize ?? Number.POSITIVE_INFINITY);
  const sizes = new Set([own]);
  for (let decade = 1; decade <= most; decade *= 10) {
    for (const round of roundNumbers) {
      const size = round * decade;
      if (Number.isInteger(size) && size >= 2 && size <= most) sizes.add(size);
    }
  }
  const number = Math.max(leastSizes, Math.min(mostSizes, Math.floor(mostWork / embeddingCount)));
  const distance = (size: number) => Math.abs(Math.log(size / own));
  return [...sizes]
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, number)
    .sort((a, b) => a - b);
}
