import { name, percent } from "./clusteringResult.js";

/** What a cluster, or the outliers, consist of, as `CompositionShare` of the API. */
export interface ShareData {
  value: string;
  count: number;
  share: number;
  lift: number;
}

/** Networks that are printed; one more is read, so that it is known whether there are more. */
const mostNetworks = 3;

/** The fields and arguments of a composition by network. */
export const networkShares = `(by: NETWORK, limit: ${mostNetworks + 1}) { value count share lift }`;

/**
 * The most frequent networks with their shares and lifts, on one line. Null if there is nothing to tell: no embeddings,
 * or one network that all embeddings of the result have.
 */
export function networksText(shares: readonly ShareData[]): string | null {
  if (shares.length === 0 || (shares.length === 1 && shares[0].lift <= 1 + Number.EPSILON)) return null;
  const shown = shares.slice(0, mostNetworks).map(({ value, share, lift }) => {
    const models = value.split(" → ").map(name).join(" → ");
    return `${percent(share)} ${models} (lift ${lift.toFixed(2)})`;
  });
  return `${shown.join(", ")}${shares.length > mostNetworks ? ", …" : ""}`;
}
