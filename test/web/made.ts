import { type PointBatch, PointTable } from "../../web/map/pointTable.js";

/** A point of a made-up map. */
export interface MadePoint {
  x?: number;
  y?: number;
  label?: number;
  isMedoid?: boolean;
  network?: string;
  prompt?: string;
  model?: string;
  step?: number;
}

/** Points as they arrive; the embedding of the nth has the id `idOf(first + n)`. */
export function batchOf(points: readonly MadePoint[], first = 0): PointBatch {
  const texts = (name: "network" | "prompt" | "model") => {
    const dictionary = [...new Set(points.map((point) => point[name] ?? ""))];
    return { codes: points.map((point) => dictionary.indexOf(point[name] ?? "")), dictionary };
  };
  const ids = new Uint8Array(16 * points.length);
  for (const n of points.keys()) new DataView(ids.buffer).setUint32(16 * n, first + n);
  return {
    length: points.length,
    ids,
    x: Float32Array.from(points, ({ x = 0 }) => x),
    y: Float32Array.from(points, ({ y = 0 }) => y),
    labels: Int32Array.from(points, ({ label = -2 }) => label),
    isMedoid: Uint8Array.from(points, ({ isMedoid = false }) => Number(isMedoid)),
    network: texts("network"),
    prompt: texts("prompt"),
    model: texts("model"),
    steps: Int32Array.from(points, ({ step = 0 }) => step),
  };
}

export const idOf = (n: number) => `Embedding:${n.toString(16).padStart(8, "0")}-0000-0000-0000-000000000000`;

/** A table of points that arrive in batches of a given size. */
export function tableOf(points: readonly MadePoint[], batch = points.length): PointTable {
  const table = new PointTable(points.length);
  for (let first = 0; first < points.length; first += batch)
    table.append(batchOf(points.slice(first, first + batch), first));
  return table;
}
