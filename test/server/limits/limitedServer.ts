import { createServer, type MedoidServer, type ServerOptions } from "../../../src/server/server.js";
import type { Settings } from "../../../src/settings.js";
import type { Fixture } from "../../fixtures.js";

/** A response: its status, its JSON, and the machine-readable part of its errors. */
export interface JsonResponse {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into responses as they please
  json: any;
  /** The extensions of the first error. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into responses as they please
  refusal: any;
}

export interface LimitedServer extends MedoidServer {
  address: string;
  /** Posts an operation, or any other body, as JSON, and accepts the media type in which the status shows failures. */
  post(body: unknown, headers?: Record<string, string>): Promise<JsonResponse>;
}

/** A server on the fixture's database, with the default settings except for these. */
export async function serveLimited(
  fixture: Fixture,
  settings: Partial<Settings> = {},
  options: ServerOptions = {},
  host = "127.0.0.1",
): Promise<LimitedServer> {
  const app = { ...fixture.app, settings: { ...fixture.app.settings, ...settings } };
  const log = (error: unknown) => fixture.internalErrors.push(error);
  const server = createServer(app, { log, ...options });
  const address = await server.listen(0, host);
  return {
    ...server,
    address,
    async post(body, headers = {}) {
      const response = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json",
          ...headers,
        },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return jsonResponse(response);
    },
  };
}

export async function jsonResponse(response: Response): Promise<JsonResponse> {
  const json = await response.json();
  return { status: response.status, json, refusal: json.errors?.[0].extensions };
}
