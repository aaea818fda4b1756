import type { App } from "../../app.js";
import type { ExportableResult } from "../../export/exportableResult.js";
import { parseExportPath } from "../../export/exportPath.js";
import {
  type MapPointsFile,
  parseMapPointsPath,
  parseMapPointsQuery,
} from "../../export/mapPoints/mapPointsFile.js";
import { parseUuid } from "../../resolvers/globalId.js";
import { startQueue } from "../cli.js";
import { CommandError } from "../process.js";
import type { Api } from "./api.js";
import { queryData } from "./schemaClient.js";
import { kindsOfWork, type Work, type WorkProgress } from "./work.js";

/**
 * The API without a server.
 *
 * @param baseUrl the beginning of the addresses of images and exports: that of a server of the same database.
 *   Default: they are paths
 */
export function inProcessApi(app: App, baseUrl?: string): Api {
  return {
    execute: (document, variables) => queryData(app, document, variables, baseUrl),
    download: (address, signal, onProgress) => download(app, address, { signal, onProgress }),
    follow: (work) => follow(app, work),
  };
}

/** Another process on the same database may do the work instead. */
async function* follow(app: App, { kind, id }: Work): AsyncGenerator<WorkProgress, void, void> {
  const { subscribeInProcess } = await import("../../server/inProcess.js");
  await startQueue(app);
  const { subscription, fields } = kindsOfWork[kind];
  const query = `subscription Progress($id: ID!) { state: ${subscription}(id: $id) { ${fields} } }`;
  for await (const { data, errors } of subscribeInProcess<{ state: WorkProgress }>(app, {
    query,
    variables: { id },
  })) {
    if (errors?.length) throw new CommandError(errors.map(({ message }) => message).join("\n"));
    if (data) yield data.state;
  }
}

/** Reads what a server would send from this address. */
async function* download(
  { database: { prisma }, exporter }: App,
  address: string,
  options: { signal: AbortSignal; onProgress?: (progress: number) => void },
): AsyncGenerator<Uint8Array, void, void> {
  const { pathname, searchParams } = new URL(address, "http://localhost");
  const { imagePath } = await import("../../server/pages/outputImages.js");
  const invocationId = parseUuid(imagePath.exec(pathname)?.[1] ?? "");
  if (invocationId !== null) {
    const image = await prisma.outputImage.findUnique({ where: { invocationId }, select: { bytes: true } });
    if (image === null) throw new CommandError(`There is no image at ${address}.`);
    yield image.bytes;
    return;
  }
  const mapId = parseMapPointsPath(pathname);
  if (mapId !== null) {
    const columns = parseMapPointsQuery(searchParams);
    if ("wrong" in columns) throw new CommandError(`There are no points at ${address}.`);
    yield* mapPoints({ prisma, exporter }, { embeddingMapId: mapId, ...columns }, options);
    return;
  }
  const file = parseExportPath(pathname);
  if (file === null) throw new CommandError(`There is nothing at ${address}.`);
  const result = await exportableResult(prisma, file.clusteringResultId);
  if (!("table" in file)) {
    yield Buffer.from(`${JSON.stringify(result.metadata, null, 2)}\n`);
    return;
  }
  yield* exporter.export(result, { ...file, vectors: searchParams.get("vectors") === "true" }, options);
}

async function* mapPoints(
  { prisma, exporter }: Pick<App, "exporter"> & { prisma: App["database"]["prisma"] },
  { embeddingMapId, clusteringResultId, origin }: MapPointsFile,
  options: { signal: AbortSignal; onProgress?: (progress: number) => void },
): AsyncGenerator<Uint8Array, void, void> {
  const { findExportableMap } = await import("../../export/mapPoints/exportableMap.js");
  const map = await findExportableMap(prisma, embeddingMapId);
  if (map === null || "status" in map)
    throw new CommandError(`There are no points of a map ${embeddingMapId}.`);
  const result = clusteringResultId === null ? null : await exportableResult(prisma, clusteringResultId);
  yield* exporter.exportMapPoints(map, result, { origin }, options);
}

async function exportableResult(prisma: App["database"]["prisma"], id: string): Promise<ExportableResult> {
  const { findExportable } = await import("../../export/exportableResult.js");
  const result = await findExportable(prisma, id);
  if (result === null || "status" in result) throw new CommandError(`There are no rows of a result ${id}.`);
  return result;
}
