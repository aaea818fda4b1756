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
  const response = await request(server, `${server.url}/health/live`, { isRepeatable: true });
  const health = (await response.json().catch(() => ({}))) as { version?: string };
  if (health.version === undefined || health.version === version) return error;
  return new ServerError(
    `The server ${server.url} has the version ${health.version}, this command ${version}: ${error.message} Use the same version.`,
  );
}
