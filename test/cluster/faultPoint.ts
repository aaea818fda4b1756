import { testedKind } from "../testDatabase.js";
import { isLong, randomOf } from "./faultRun.js";
import type { ProcessOptions, RunningProcess } from "./medoidProcess.js";
import { embeddingCount } from "./testDatabase.js";

/** A point in the course of a clustering or a map at which a process can be paused: see preload/faultPoint.js. */
export interface FaultPoint {
  name:
    | "LOADING"
    | "PREPARING"
    | "NEIGHBOURS"
    | "SPANNING_TREE"
    | "CLUSTERS"
    | "MEDOIDS"
    | "STEPS"
    | "STORING";
  /** Which vector at LOADING, or which transaction at STORING, counted from 1. */
  count: number;
  /** Whether it is within that transaction rather than before it. */
  inside: boolean;
}

/**
 * The transactions of storing: discard assignments, discard clusters, insert clusters, insert assignments, publish. On
 * PostgreSQL the first one only shows that storing has begun, and is not counted.
 */
export const storingTransactions = testedKind === "sqlite" ? 5 : 4;

/**
 * Loading, each of the engine's stages, and storing, before and within a transaction; the position within loading and
 * storing is random.
 */
export function faultPoints(name: string): FaultPoint[] {
  const random = randomOf(name);
  const engine = ["PREPARING", "NEIGHBOURS", "SPANNING_TREE", "CLUSTERS", "MEDOIDS"] as const;
  return [
    {
      name: "LOADING",
      count: testedKind === "sqlite" ? random.between(1, embeddingCount) : 1,
      inside: false,
    },
    ...engine.map((stage) => ({ name: stage, count: 1, inside: false })),
    { name: "STORING", count: random.between(1, storingTransactions), inside: false },
    { name: "STORING", count: random.between(1, storingTransactions), inside: true },
  ];
}

/** In the short form two of the points before storing and one of storing, picked at random; in the long form all. */
export function chosenPoints(name: string): FaultPoint[] {
  const points = faultPoints(name);
  if (isLong) return points;
  const random = randomOf(`chosen of ${name}`);
  const isStoring = (point: FaultPoint) => point.name === "STORING";
  const before = random.shuffled(points.filter((point) => !isStoring(point))).slice(0, 2);
  return [...before, random.pick(points.filter(isStoring))];
}

export function faultPoint(point: FaultPoint, holdMilliseconds: number): ProcessOptions {
  return {
    preload: "faultPoint",
    environment: {
      MEDOID_FAULT_POINT: point.name,
      MEDOID_FAULT_POINT_COUNT: String(point.count),
      MEDOID_FAULT_POINT_INSIDE: point.inside ? "yes" : "no",
      MEDOID_FAULT_POINT_HOLD: String(holdMilliseconds),
    },
  };
}

/** Resolves once the process is paused at the point. */
export async function untilReached(process: RunningProcess, point: FaultPoint): Promise<void> {
  await process.printed(new RegExp(`fault point ${point.name}\n`));
}
