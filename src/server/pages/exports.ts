import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { findExportable } from "../../export/exportableResult.js";
import { exportMetadataPath, exportPath, mediaTypes, parseExportPath } from "../../export/exportPath.js";
import { quotedValue, shortenedMessage } from "../../resolvers/errors.js";
import { signatureParameters } from "../access/signedUrls.js";
import { cutOff } from "../cutOff.js";
import { invalidRequest, type Refusal } from "../errors.js";
import { refuse } from "../refusal.js";
import type { RequestRecord } from "../requestRecord.js";
import type { Route } from "../route.js";
import type { ServerParts } from "../serverParts.js";

/** Serves tables of clustering results to clients that have their signed address or may read. */
export function exportRoute({ app, admission, signedUrls }: ServerParts): Route {
  return async (request, response, record) => {
    record.kind = "export";
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const target = parseExportPath(record.path);
    const vectors = searchParams.get("vectors") === "true";
    const isFile = target !== null && "table" in target;
    const path = isFile ? exportPath({ ...target, vectors }) : record.path;
    const signed = searchParams.has("signature") ? await signedUrls() : null;
    if (!signed?.secondsLeft(path, searchParams) && !(await admission.admitReader(request, response, record)))
      return;
    if (target === null) return refuse(response, record, notFound(`Nothing is exported at ${record.path}.`));
    const unknown = unknownParameter(searchParams, isFile ? ["vectors"] : []);
    if (unknown) return refuse(response, record, unknown);
    const givenVectors = searchParams.get("vectors") ?? "";
    if (!/^(true|false)?$/.test(givenVectors))
      return refuse(response, record, invalidParameter("vectors", "true or false", givenVectors));
    const result = await findExportable(app.database.prisma, target.clusteringResultId);
    if (result === null)
      return refuse(response, record, notFound("There is no clustering result with this id."));
    if ("status" in result) return refuse(response, record, notSucceeded(result.status));

    const headers = { "Cache-Control": "no-store" };
    if (!isFile) {
      response.writeHead(200, { ...headers, "Content-Type": "application/json; charset=utf-8" });
      response.end(`${JSON.stringify(result.metadata, null, 2)}\n`);
      return;
    }
    const { table, format } = target;
    const metadataPath = exportMetadataPath(result.id);
    const signature = signed ? `?${signed.sign(metadataPath)}` : "";
    const pieces = (signal: AbortSignal) =>
      app.exporter.export(result, { table, format, vectors }, { signal });
    await sendPieces(record, response, pieces, {
      ...headers,
      "Content-Type": mediaTypes[format],
      "Content-Disposition": `attachment; filename="medoid-${result.id}-${table.toLowerCase()}.${format.toLowerCase()}"`,
      // Relative, because a proxy may serve the file below a path of its own.
      Link: `<${metadataPath.split("/").at(-1)}${signature}>; rel="describedby"; type="application/json"`,
    });
  };
}

/**
 * Sends a file that is made in pieces, or to a HEAD request only its headers. If the first piece cannot be made, nothing
 * is sent, so that the error can have a status.
 * @param pieces makes them; the signal aborts once the client is gone
 */
export async function sendPieces(
  { method }: RequestRecord,
  response: ServerResponse,
  pieces: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void, void>,
  headers: Record<string, string>,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const others = pieces(gone.signal);
  const first = method === "HEAD" ? null : await others.next();
  response.writeHead(200, headers);
  if (first === null || first.done) response.end();
  else await send(first.value, others, response, gone.signal);
}

/**
 * Sends pieces as fast as the client takes them. If not all of them can be sent, the connection is cut off, so
 * that the client does not take the file for complete.
 * @param signal aborts once the client is gone
 */
async function send(
  first: Uint8Array,
  others: AsyncGenerator<Uint8Array, void, void>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (!response.write(first)) await once(response, "drain", { signal });
    for await (const piece of others) {
      signal.throwIfAborted();
      if (!response.write(piece)) await once(response, "drain", { signal });
    }
    response.end();
  } catch (error) {
    if (signal.aborted) return;
    cutOff(response);
    throw error;
  } finally {
    await others.return();
  }
}

/**
 * The refusal of the first parameter of an address that is not among those that the server itself writes;
 * null if there is none.
 */
export function unknownParameter(parameters: URLSearchParams, known: string[]): Refusal | null {
  const all = [...known, ...signatureParameters];
  for (const [name, given] of parameters) {
    if (all.includes(name)) continue;
    const value = quotedValue(given);
    const message = `is no parameter of this address, which takes ${listed(known)}`;
    return invalidRequest(shortenedMessage(`${name}: ${message}; it was ${value}.`), {
      issues: [{ path: [name], message: `${message}.`, value }],
    });
  }
  return null;
}

const listed = (names: string[]) => (names.length === 0 ? "none" : names.join(" and "));

/** A parameter of the address that has a wrong value. */
export function invalidParameter(name: string, expected: string, given: string): Refusal {
  const [message, value] = [`must be ${expected}`, quotedValue(given)];
  return invalidRequest(`${name} ${message}; it was ${value}.`, {
    issues: [{ path: [name], message: `${message}.`, value }],
  });
}

export function notFound(message: string): Refusal {
  return { status: 404, message: shortenedMessage(message), extensions: { code: "NOT_FOUND" } };
}

export function notSucceeded(status: string): Refusal {
  const message = `The clustering has the status ${status}: it has nothing to export.`;
  if (status === "FAILED" || status === "CANCELLED") return notFound(message);
  return { status: 409, message, extensions: { code: "CLUSTERING_IN_PROGRESS" } };
}
