// A thread that compares two clusterings, posts the comparison and ends.
import { parentPort, workerData } from "node:worker_threads";
import { compare, type PairColumns, readOverlaps } from "./comparison.js";

const comparison = compare(readOverlaps(workerData as string));
const buffers = ({ from, to, shared, jaccard }: PairColumns) =>
  [from, to, shared, jaccard].map((column) => column.buffer as ArrayBuffer);
parentPort?.postMessage(comparison, [...buffers(comparison.lineage), ...buffers(comparison.overlaps)]);
