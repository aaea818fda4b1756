import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { parseUuid } from "../../resolvers/globalId.js";
import { matchesETag } from "../eTag.js";

export const imagePath = /^\/images\/([^/]+)$/;

/** Maximum time, in seconds, for which a client may cache an image. */
const aYear = 31_536_000;

/**
 * Serves the image of an invocation, which is given by its bare UUID. An image never changes, so that clients
 * may cache it for a year, or for as long as the signature of its address is valid. Images come from outside,
 * and an SVG may contain scripts: the headers prevent those from running wherever the image is opened.
 */
export async function serveOutputImage(
  prisma: PrismaClient,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  /** The number of seconds for which a client may cache the image, and whether shared caches must not. */
  { secondsLeft = aYear, isPrivate = false } = {},
): Promise<void> {
  const invocationId = parseUuid(id);
  const image =
    invocationId === null
      ? null
      : await prisma.outputImage.findUnique({
          where: { invocationId },
          select: { bytes: true, invocation: { select: { outputImageMediaType: true } } },
        });
  const mediaType = image?.invocation.outputImageMediaType;
  if (!image || !mediaType) {
    response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("There is no such image.\n");
    return;
  }
  const etag = `"${createHash("sha256").update(image.bytes).digest("base64url")}"`;
  const headers = {
    "Cache-Control": `${isPrivate ? "private" : "public"}, max-age=${secondsLeft}, immutable`,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    ETag: etag,
  };
  if (matchesETag(request, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "Content-Type": mediaType,
    "Content-Length": image.bytes.byteLength,
  });
  response.end(image.bytes);
}
