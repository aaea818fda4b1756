import { parseUuid } from "../../resolvers/globalId.js";

/**
 * The points of a map as a file: where each embedding is, if a clustering is given, the cluster that it is in, and on
 * request, what it comes from.
 */
export interface MapPointsFile {
  /** Bare UUIDs. */
  embeddingMapId: string;
  clusteringResultId: string | null;
  /** Whether the points have the network and the prompt of their run, and the model and the step of their invocation. */
  origin: boolean;
}

/** Arrow's format for a stream of record batches. */
export const mapPointsMediaType = "application/vnd.apache.arrow.stream";

const pathPattern = /^\/maps\/([^/]+)\/points\.arrow$/;

/** The path at which a server serves the points, with its query string. */
export function mapPointsPath({ embeddingMapId, clusteringResultId, origin }: MapPointsFile): string {
  const query = new URLSearchParams();
  if (clusteringResultId !== null) query.set("clusteringResultId", clusteringResultId);
  if (origin) query.set("origin", "true");
  return `/maps/${embeddingMapId}/points.arrow${query.size === 0 ? "" : `?${query}`}`;
}

/** The id of the map whose points a path stands for, as a bare UUID; null if it stands for none. */
export function parseMapPointsPath(path: string): string | null {
  const [, id] = pathPattern.exec(path) ?? [];
  return id === undefined ? null : parseUuid(id);
}

/** A parameter of an address that has a wrong value. */
interface WrongParameter {
  name: string;
  expected: string;
  given: string;
}

/**
 * What the parameters of the path ask for.
 * @returns the first parameter with a wrong value, if there is one
 */
export function parseMapPointsQuery(
  query: URLSearchParams,
): Omit<MapPointsFile, "embeddingMapId"> | { wrong: WrongParameter } {
  const result = query.get("clusteringResultId");
  const clusteringResultId = result === null ? null : parseUuid(result);
  if (result !== null && clusteringResultId === null)
    return { wrong: { name: "clusteringResultId", expected: "a UUID", given: result } };
  const origin = query.get("origin") ?? "false";
  if (origin !== "true" && origin !== "false")
    return { wrong: { name: "origin", expected: "true or false", given: origin } };
  return { clusteringResultId, origin: origin === "true" };
}

/** Whether a path belongs to the files of maps. */
export function isMapPath(path: string): boolean {
  return path.startsWith("/maps/");
}
