import type { RecordBatch } from "apache-arrow";
import { readUuid } from "../../database/copyFormat/uuidBytes.js";

/** Some of the points of a map. */
export interface MapPoints {
  count: number;
  /** The id of the embedding of a point, as a bare UUID. */
  embeddingId(point: number): string;
  x: Float32Array;
  y: Float32Array;
  /** What a clustering says about the embeddings; null if none was asked for. */
  clusters: {
    /** −1 for an outlier, null for an embedding that was not clustered. */
    label(point: number): number | null;
    probability(point: number): number | null;
    isMedoid(point: number): boolean;
  } | null;
}

/** Reads the points of a map from a stream of Arrow's IPC format, piece by piece. */
export async function* readMapPoints(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<MapPoints, void, void> {
  const { RecordBatchReader } = await import("apache-arrow"); // takes 0.2 s, which other commands need not wait for
  for await (const batch of await RecordBatchReader.from(content)) yield pointsOf(batch);
}

function pointsOf(batch: RecordBatch): MapPoints {
  const column = (name: string) => {
    const found = batch.getChild(name);
    if (found === null) throw new Error(`The points have no column ${name}.`);
    return found;
  };
  const ids = column("embedding_id");
  const of = (name: string) => {
    const values = column(name);
    return (point: number) => values.get(point);
  };
  return {
    count: batch.numRows,
    embeddingId: (point) => readUuid(ids.get(point), 0),
    x: column("x").toArray(),
    y: column("y").toArray(),
    clusters:
      batch.getChild("label") === null
        ? null
        : { label: of("label"), probability: of("probability"), isMedoid: of("is_medoid") },
  };
}
