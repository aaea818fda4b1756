import { createHash } from "node:crypto";
import { type ExportableResult, findExportable } from "../../export/exportableResult.js";
import { findExportableMap } from "../../export/mapPoints/exportableMap.js";
import {
  type MapPointsFile,
  mapPointsMediaType,
  mapPointsPath,
  parseMapPointsPath,
  parseMapPointsQuery,
} from "../../export/mapPoints/mapPointsFile.js";
import { version } from "../../runtime/version.js";
import { compressPieces, contentEncodingFor } from "../contentEncoding.js";
import { matchesETag } from "../eTag.js";
import { refuse } from "../refusal.js";
import type { Route } from "../route.js";
import type { ServerParts } from "../serverParts.js";
import { invalidParameter, notFound, notSucceeded, sendPieces, unknownParameter } from "./exports.js";

/** Serves the points of maps to clients that have their signed address or may read. */
export function mapPointsRoute({ app, admission, signedUrls }: ServerParts): Route {
  return async (request, response, record) => {
    record.kind = "export";
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const embeddingMapId = parseMapPointsPath(record.path);
    const columns = parseMapPointsQuery(searchParams);
    const file = embeddingMapId === null || "wrong" in columns ? null : { embeddingMapId, ...columns };
    const path = file === null ? record.path : mapPointsPath(file);
    const signed = searchParams.has("signature") ? await signedUrls() : null;
    if (!signed?.secondsLeft(path, searchParams) && !(await admission.admitReader(request, response, record)))
      return;
    if ("wrong" in columns) {
      const { name, expected, given } = columns.wrong;
      return refuse(response, record, invalidParameter(name, expected, given));
    }
    const unknown = unknownParameter(searchParams, ["clusteringResultId", "origin"]);
    if (unknown) return refuse(response, record, unknown);
    if (file === null) return refuse(response, record, notFound(`There is no map at ${record.path}.`));
    const map = await findExportableMap(app.database.prisma, file.embeddingMapId);
    if (map === null) return refuse(response, record, notFound("There is no map with this id."));
    if ("status" in map) {
      const message = `The map has the status ${map.status}: it has no points.`;
      return refuse(response, record, notFound(message));
    }
    let result: ExportableResult | null = null;
    if (file.clusteringResultId !== null) {
      const found = await findExportable(app.database.prisma, file.clusteringResultId);
      if (found === null)
        return refuse(response, record, notFound("There is no clustering result with this id."));
      if ("status" in found) return refuse(response, record, notSucceeded(found.status));
      result = found;
    }

    const etag = eTagOf(file);
    const headers = { "Cache-Control": "private, no-cache", ETag: etag };
    response.appendHeader("Vary", "Accept-Encoding");
    if (matchesETag(request, etag)) {
      response.writeHead(304, headers).end();
      return;
    }
    const encoding = contentEncodingFor(request);
    const pieces = (signal: AbortSignal) => {
      const points = app.exporter.exportMapPoints(map, result, file, { signal });
      return encoding === null ? points : compressPieces(points, encoding);
    };
    await sendPieces(record, response, pieces, {
      ...headers,
      ...(encoding !== null && { "Content-Encoding": encoding }),
      "Content-Type": mapPointsMediaType,
      "Content-Disposition": `attachment; filename="medoid-${map.id}-points.arrow"`,
    });
  };
}

/**
 * A map and a result that have succeeded do not change, and neither do the runs of their embeddings; what this version
 * makes of them is always the same. The tag is weak, because it is the same for all encodings.
 */
function eTagOf({ embeddingMapId, clusteringResultId, origin }: MapPointsFile): string {
  const content = `${version} ${embeddingMapId} ${clusteringResultId} ${origin}`;
  return `W/"${createHash("sha256").update(content).digest("base64url")}"`;
}
