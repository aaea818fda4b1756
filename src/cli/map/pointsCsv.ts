import type { MapPoints } from "./mapPoints.js";

const pointColumns = ["embedding_id", "x", "y"];
const clusterColumns = ["label", "probability", "is_medoid"];

/** The points as CSV, piece by piece: names and numbers, none of which must be quoted. What is null is empty. */
export async function* pointsCsv(
  points: AsyncIterable<MapPoints>,
  hasClusters: boolean,
): AsyncGenerator<Uint8Array, void, void> {
  yield lines([hasClusters ? [...pointColumns, ...clusterColumns] : pointColumns]);
  for await (const piece of points) {
    const { clusters, x, y } = piece;
    const rows = Array.from({ length: piece.count }, (_, point) => {
      const place = [piece.embeddingId(point), decimal(x[point]), decimal(y[point])];
      if (clusters === null) return place;
      const probability = clusters.probability(point);
      return [
        ...place,
        clusters.label(point) ?? "",
        probability === null ? "" : decimal(probability),
        clusters.isMedoid(point),
      ];
    });
    yield lines(rows);
  }
}

/** The nine digits that distinguish all float32 numbers. */
const decimal = (value: number) => String(Number(value.toPrecision(9)));

const lines = (rows: unknown[][]) => Buffer.from(rows.map((row) => `${row.join(",")}\n`).join(""));
