import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { App } from "../app.js";
import { createAdmission } from "./access/admission.js";
import { createKeyring } from "./access/keyring.js";
import { setSafeHeaders } from "./browsers/safeHeaders.js";
import { Rejections } from "./limits/rejections.js";
import { listen } from "./listen.js";
import { healthPath, serveHealth } from "./observability/health.js";
import { createMetrics } from "./observability/metrics.js";
import { beginRecord } from "./requestRecord.js";

/**
 * Serves the health and the metrics of a process that serves nothing else. It admits the same requests as the
 * server of the API.
 */
export interface MonitoringServer {
  /** @returns the server's URL, such as "http://127.0.0.1:4001" */
  listen(port: number, host: string): Promise<string>;
  /** Makes the server report from now on that it is not ready. */
  setStopping(): void;
  close(): Promise<void>;
}

export function createMonitoringServer(app: App): MonitoringServer {
  const { settings } = app;
  const rejections = new Rejections();
  const metrics = createMetrics(app, () => rejections.counts());
  const ownUrls = settings.baseUrl === null ? [] : [settings.baseUrl];
  const admission = createAdmission(createKeyring(app.database.prisma), settings, rejections, ownUrls);
  let stopping = false;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSafeHeaders(response);
    const record = beginRecord(request);
    const check = healthPath.exec(record.path)?.[1] as "live" | "ready" | undefined;
    if (!check && !(await admission.checkHost(request, response, record))) return;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD", "Content-Type": "text/plain; charset=utf-8" });
      response.end(`GET and HEAD requests are answered, not ${request.method}.\n`);
    } else if (check) {
      await serveHealth(check, app, stopping, response);
    } else if (record.path === "/metrics") {
      if (!(await admission.admitReader(request, response, record))) return;
      const text = await metrics.text();
      response.writeHead(200, { "Content-Type": metrics.contentType }).end(text);
    } else {
      response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
      response.end("There are /health/live, /health/ready and /metrics.\n");
    }
  }

  const http = createServer(async (request, response) => {
    try {
      await respond(request, response);
    } catch {
      // Keys and metrics are read from the database, which may be unavailable.
      if (!response.headersSent) response.writeHead(503);
      response.end();
    }
  });
  return {
    async listen(port, host) {
      const { url, address } = await listen(http, port, host);
      admission.listensOn(address);
      return url;
    },
    setStopping() {
      stopping = true;
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
