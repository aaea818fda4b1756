import type { Side } from "./fates.js";

/** A cluster of one of two clusterings; −1 for its outliers. */
export interface SelectedCluster {
  side: Side;
  label: number;
}

/** What is selected in both of two clusterings: a cluster of one of them, and an embedding by its global id. */
export interface ComparedSelection {
  cluster: SelectedCluster | null;
  point: string | null;
}

/** How the address says which cluster is selected. */
export const writeCluster = (cluster: SelectedCluster | null): string | null =>
  cluster && `${cluster.side},${cluster.label}`;

/** @returns null if the text says no cluster */
export function readCluster(text: string | null): SelectedCluster | null {
  const [, side, label] = /^(from|to),(-1|\d{1,9})$/.exec(text ?? "") ?? [];
  return side === undefined ? null : { side: side as Side, label: Number(label) };
}
