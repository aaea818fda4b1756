import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Medoid } from "../medoid.js";
import { serverUrl } from "../serverUrl.js";
import { healthPath, serveHealth } from "./health.js";
import { createMetrics } from "./metrics.js";

/** What watches a process asks it over HTTP, of one that serves nothing else: its health and its metrics. */
export interface OperationServer {
  /** @returns its address, such as "http://127.0.0.1:4001" */
  listen(port: number, host: string): Promise<string>;
  /** From now on it says that it is not ready. */
  setStopping(): void;
  close(): Promise<void>;
}

export function createOperationServer(medoid: Medoid): OperationServer {
  const metrics = createMetrics(medoid, () => []);
  let stopping = false;
  const http = createServer(async (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const check = healthPath.exec(path)?.[1] as "live" | "ready" | undefined;
    try {
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.writeHead(405, { Allow: "GET, HEAD" }).end();
      } else if (check) {
        await serveHealth(check, medoid, stopping, response);
      } else if (path === "/metrics") {
        const text = await metrics.text();
        response.writeHead(200, { "Content-Type": metrics.contentType }).end(text);
      } else {
        response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
        response.end("There are /health/live, /health/ready and /metrics.\n");
      }
    } catch {
      // The metrics ask the database, which may be away.
      if (!response.headersSent) response.writeHead(503);
      response.end();
    }
  });
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once("error", reject);
        http.listen(port, host, () => {
          http.off("error", reject);
          resolve(serverUrl(host, (http.address() as AddressInfo).port));
        });
      }),
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
