import type { App } from "../app.js";
import type { Api } from "./api.js";
import { queryData } from "./schemaClient.js";

/**
 * The API without a server.
 *
 * @param baseUrl the beginning of the addresses of images and exports: that of a server of the same database.
 *   Default: they are paths
 */
export function inProcessApi(app: App, baseUrl?: string): Api {
  return { execute: (document, variables) => queryData(app, document, variables, baseUrl) };
}
