import type { App } from "../../app.js";
import { parseExportPath } from "../../export/exportPath.js";
import { parseUuid } from "../../resolvers/globalId.js";
import { startQueue } from "../cli.js";
import { CommandError } from "../process.js";
import { type Api, type ClusteringProgress, progressFields } from "./api.js";
import { queryData } from "./schemaClient.js";

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
    follow: (id) => follow(app, id),
  };
}

const progressSubscription = /* GraphQL */ `
  subscription Progress($id: ID!) { clusteringProgress(id: $id) { ${progressFields} } }
`;

/** Another process on the same database may compute the clustering instead. */
async function* follow(app: App, id: string): AsyncGenerator<ClusteringProgress, void, void> {
  const { subscribeInProcess } = await import("../../server/inProcess.js");
  await startQueue(app);
  for await (const { data, errors } of subscribeInProcess<{ clusteringProgress: ClusteringProgress }>(app, {
    query: progressSubscription,
    variables: { id },
  })) {
    if (errors?.length) throw new CommandError(errors.map(({ message }) => message).join("\n"));
    if (data) yield data.clusteringProgress;
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
  const file = parseExportPath(pathname);
  if (file === null) throw new CommandError(`There is nothing at ${address}.`);
  const { findExportable } = await import("../../export/exportableResult.js");
  const result = await findExportable(prisma, file.clusteringResultId);
  if (result === null || "status" in result) throw new CommandError(`There is no result at ${address}.`);
  if (!("table" in file)) {
    yield Buffer.from(`${JSON.stringify(result.metadata, null, 2)}\n`);
    return;
  }
  yield* exporter.export(result, { ...file, vectors: searchParams.get("vectors") === "true" }, options);
}
