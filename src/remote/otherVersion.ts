import { version } from "../runtime/version.js";
import { request } from "./request.js";
import type { ServerAddress } from "./serverAddress.js";
import { ServerError } from "./serverError.js";

/**
 * Says in the place of an error that the server has another version, if it did not understand a document and that is
 * why; all other errors are returned as they are.
 */
export async function namingOtherVersion(server: ServerAddress, error: ServerError): Promise<ServerError> {
  if (!error.isUnknownDocument) return error;
  const health = await request(server, `${server.url}/health/live`, { isRepeatable: true })
    .then((response) => response.json() as Promise<{ version?: unknown } | null>)
    .catch(() => null); // the first error says more than that the server is gone by now
  if (typeof health?.version !== "string" || health.version === version) return error;
  return new ServerError(
    `The server ${server.url} has the version ${health.version}, this command ${version}: ${error.message} Use the same version.`,
  );
}
