import { parseUuid } from "../../resolvers/globalId.js";

/** The points of a map as a file: where each embedding is, and if a clustering is given, the cluster that it is in. */
export interface MapPointsFile {
  /** Bare UUIDs. */
  embeddingMapId: string;
  clusteringResultId: string | null;
}

/** Arrow's format for a stream of record batches. */
export const mapPointsMediaType = "application/vnd.apache.arrow.stream";

const pathPattern = /^\/maps\/([^/]+)\/points\.arrow$/;

/** The path at which a server serves the points, with its query string. */
export function mapPointsPath({ embeddingMapId, clusteringResultId }: MapPointsFile): string {
  const query = clusteringResultId === null ? "" : `?clusteringResultId=${clusteringResultId}`;
  return `/maps/${embeddingMapId}/points.arrow${query}`;
}

/** The id of the map whose points a path stands for, as a bare UUID; null if it stands for none. */
export function parseMapPointsPath(path: string): string | null {
  const [, id] = pathPattern.exec(path) ?? [];
  return id === undefined ? null : parseUuid(id);
}

/** Whether a path belongs to the files of maps. */
export function isMapPath(path: string): boolean {
  return path.startsWith("/maps/");
}
