import { createLogger } from "../../src/runtime/logger.js";
import { createServer, type MedoidServer, type ServerOptions } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { type Fixture, openFixture } from "../fixtures.js";

export interface ServedFixture {
  fixture: Fixture;
  server: MedoidServer;
  /** "http://127.0.0.1:40123" */
  address: string;
  /** The lines that were logged. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into lines as they please
  log: any[];
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Sends an operation. */
  post(operation: object, headers?: Record<string, string>): Promise<Response>;
  /** The value of a metric, with its labels in the order of the text format; undefined if it does not exist. */
  metric(series: string, headers?: Record<string, string>): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A fixture behind a server on a free port. @param environment the settings' variables */
export async function serveFixture(
  environment: Record<string, string> = {},
  options: ServerOptions = {},
): Promise<ServedFixture> {
  const fixture = await openFixture();
  fixture.app = { ...fixture.app, settings: readSettings(environment) };
  const log: unknown[] = [];
  const logger = createLogger("debug", { write: (line: string) => log.push(JSON.parse(line)) });
  const server = createServer(fixture.app, { logger, ...options });
  const address = await server.listen(0, "127.0.0.1");
  const get: ServedFixture["get"] = (path, headers) => fetch(`${address}${path}`, { headers });
  return {
    fixture,
    server,
    address,
    log,
    get,
    post: (operation, headers = {}) =>
      fetch(`${address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(operation),
      }),
    async metric(series, headers) {
      const lines = (await (await get("/metrics", headers)).text()).split("\n");
      const line = lines.find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    async close() {
      await server.stop(0);
      await fixture.close();
    },
  };
}
