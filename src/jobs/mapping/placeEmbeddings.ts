import type { Estimate, LayoutOptions, Points, ProjectionOptions } from "../../clustering/index.js";
import type { EmbeddingMap } from "../../database/generated/sqlite/client.js";
import type { AttemptOptions } from "../computing/attemptEmbeddings.js";
import type { Engine } from "../computing/engine.js";

/** The dimensions of a map. */
export const dimensions = 2;

/** The parameters of a map. Those that its method does not have are null. */
export type MapParameters = Pick<
  EmbeddingMap,
  "method" | "neighbours" | "minDistance" | "seed" | "metric" | "normalize"
>;

function layoutOf({ neighbours, minDistance, seed, metric, normalize }: MapParameters): LayoutOptions {
  return {
    ...{ dimensions, metric, normalize },
    neighbours: neighbours ?? undefined,
    minDistance: minDistance ?? undefined,
    seed: seed ?? undefined,
  };
}

/** The metric does not change principal components; COSINE has scaled the vectors. */
const projectionOf = ({ normalize }: MapParameters): ProjectionOptions => ({ dimensions, normalize });

/** Estimates what a map takes, with the measurement of its trustworthiness; the memory does not include the vectors. */
export function estimateMap(
  engine: Engine,
  rows: number,
  rowDimensions: number,
  map: MapParameters,
  threads: number,
  distinct: number,
): Estimate {
  const { placing, measuring } = estimateParts(engine, rows, rowDimensions, map, threads, distinct);
  return {
    seconds: placing.seconds + measuring.seconds,
    // They run one after the other, each in threads of its own.
    bytes: Math.max(placing.bytes, measuring.bytes),
  };
}

function estimateParts(
  engine: Engine,
  rows: number,
  rowDimensions: number,
  map: MapParameters,
  threads: number,
  distinct: number,
): { placing: Estimate; measuring: Estimate } {
  const { metric, normalize } = map;
  return {
    placing:
      map.method === "PCA"
        ? engine.estimateProjection(rows, rowDimensions, projectionOf(map), threads, distinct)
        : engine.estimateLayout(rows, rowDimensions, layoutOf(map), threads, distinct),
    measuring: engine.estimateTrustworthiness(rows, rowDimensions, { metric, normalize }, threads, distinct),
  };
}

export interface Places {
  /** Two numbers per point. */
  places: Float32Array;
  /** The number of points that were placed among those that were laid out. */
  placedCount: number;
  /** The number of neighbours that took effect; null for a method without neighbours. */
  neighbours: number | null;
  /** 0 to 1; null if there are too few points to tell. */
  trustworthiness: number | null;
}

/** Computes the places of points, and measures their trustworthiness. */
export async function placeEmbeddings(
  engine: Engine,
  points: Points,
  map: MapParameters,
  { threads, signal, progress }: Pick<AttemptOptions, "threads" | "signal" | "progress">,
): Promise<Places> {
  const count = points.data.length / points.dimensions;
  const { placing, measuring } = estimateParts(engine, count, points.dimensions, map, threads, count);
  /** The share of the placing in the progress; the measuring is the rest. */
  const placingShare = placing.seconds / (placing.seconds + measuring.seconds);
  const run = {
    ...{ threads, signal },
    onProgress: (report: { stage: string; progress: number }) =>
      progress.engine(report.stage, placingShare * report.progress),
  };
  const { places, placedCount, neighbours } =
    map.method === "PCA"
      ? {
          ...(await engine.project(points, { ...projectionOf(map), ...run })),
          ...{ placedCount: 0, neighbours: null },
        }
      : await layOut(engine, points, { ...layoutOf(map), ...run });
  requirePlaces(places, count);
  const { metric, normalize } = map;
  const { value } = await engine.trustworthiness(
    points,
    { data: places, dimensions },
    {
      ...{ metric, normalize, threads, signal },
      onProgress: (report) =>
        progress.engine(report.stage, placingShare + (1 - placingShare) * report.progress),
    },
  );
  return { places, placedCount, neighbours, trustworthiness: value };
}

async function layOut(engine: Engine, points: Points, options: LayoutOptions) {
  const { places, placedRows, parameters } = await engine.layOut(points, options);
  return { places, placedCount: placedRows, neighbours: parameters.neighbours };
}

/** @throws Error if a point has no place on the plane; such a map is never stored */
function requirePlaces(places: Float32Array, count: number): void {
  if (places.length !== dimensions * count) {
    throw new Error(`The engine returned ${places.length} coordinates for ${count} embeddings.`);
  }
  const lost = places.findIndex((coordinate) => !Number.isFinite(coordinate));
  if (lost >= 0) {
    const row = Math.floor(lost / dimensions);
    throw new Error(`The engine returned the coordinate ${places[lost]} for row ${row}.`);
  }
}
