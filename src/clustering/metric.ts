/** The distance between rows: COSINE is half the squared Euclidean distance of the rows scaled to length 1. */
export type Metric = "EUCLIDEAN" | "COSINE";
