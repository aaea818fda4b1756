import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { builtFile } from "../../runtime/builtFile.js";
import { pagePolicy } from "../browsers/safeHeaders.js";
import { type ContentEncoding, compress, contentEncodingFor, sendText } from "../contentEncoding.js";
import { matchesETag } from "../eTag.js";

// The page for people, which Vite builds from web/ into dist/web: one HTML file for all views, and the files that it
// loads.

/** Matches the addresses of the page's views, which web/router/route.ts reads and writes. */
export const viewPath =
  /^\/(?:|results\/[^/]+(?:\/outliers|\/sweep|\/merges|\/clusters\/\d+)?|runs\/[^/]+|compare\/[^/]+\/[^/]+)$/;

const filePath = /^\/assets\/[\w.-]+$/;

const mediaTypes: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface PageFile {
  bytes: Buffer;
  mediaType: string;
  /** The compressed bytes by their encoding, so that each is compressed only once. */
  compressed: Map<ContentEncoding, Promise<Buffer>>;
}

interface Page {
  html: string;
  /** The files that the HTML loads, by their paths. */
  files: ReadonlyMap<string, PageFile>;
  /** The documents that the page sends, by their ids. */
  documents: Readonly<Record<string, string>>;
}

let page: Page | undefined;

/**
 * Reads the page, so that it can be served even if its files are removed or replaced later. Must be called when a
 * server starts.
 */
export function readPage(): Page {
  if (page) return page;
  const folder = builtFile(new URL("../../web/", import.meta.url), import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, folder));
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names
    .map((name) => [`/${name.replaceAll("\\", "/")}`, mediaTypes[extname(name)]] as const)
    .filter(([path, mediaType]) => filePath.test(path) && mediaType !== undefined)
    .map(([path, mediaType]): [string, PageFile] => [
      path,
      { bytes: read(path.slice(1)), mediaType, compressed: new Map() },
    ]);
  page = {
    html: String(read("index.html")),
    files: new Map(files),
    documents: JSON.parse(String(read("documents.json"))),
  };
  return page;
}

/** What the page must know about the server. */
export interface PageOptions {
  /** Whether GraphiQL is served. */
  graphiql: boolean;
  /** Whether documents are to be sent by their ids alone. */
  documentsOnly: boolean;
}

/**
 * Serves the HTML of a view. All addresses in it are relative, because a proxy may serve it below a path.
 * @param status 404 for an address that has no view, of which the page says so
 */
export async function serveView(
  path: string,
  { graphiql, documentsOnly }: PageOptions,
  request: IncomingMessage,
  response: ServerResponse,
  status: 200 | 404 = 200,
): Promise<void> {
  const folders = path.split("/").length - 2; // -1 of "*", which a request line may have in the place of a path
  const root = "../".repeat(Math.max(0, folders)) || "./";
  const options = `data-graphiql="${graphiql}" data-documents-only="${documentsOnly}"`;
  const html = readPage().html.replaceAll('="./', `="${root}`).replace("<html", `<html ${options}`);
  // The tag is weak, because it is the same for all encodings.
  const etag = `W/"${createHash("sha256").update(html).digest("base64url")}"`;
  const headers = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": pagePolicy,
    ETag: etag,
  };
  if (status === 200 && matchesETag(request, etag)) {
    response.appendHeader("Vary", "Accept-Encoding");
    response.writeHead(304, headers).end();
    return;
  }
  const type = { "Content-Type": "text/html; charset=utf-8" };
  return sendText(request, response, { ...headers, ...type }, html, status);
}

/** Finds a file that the page loads. */
export function pageFile(path: string): PageFile | undefined {
  return filePath.test(path) ? readPage().files.get(path) : undefined;
}

/** Serves a file that the page loads. */
export async function servePageFile(
  { bytes, mediaType, compressed }: PageFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = contentEncodingFor(request);
  let sent = bytes;
  if (encoding !== null) {
    if (!compressed.has(encoding)) compressed.set(encoding, compress(bytes, encoding));
    sent = await compressed.get(encoding)!;
  }
  response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(200, {
    "Content-Type": mediaType,
    "Content-Length": sent.length,
    "Cache-Control": "public, max-age=31536000, immutable", // its name changes with its content
    ...(encoding !== null && { "Content-Encoding": encoding }),
  });
  response.end(sent);
}
