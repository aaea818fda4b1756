import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "../../app.js";
import { databaseProblem } from "../../database/readiness.js";
import { version } from "../../runtime/version.js";

export const healthPath = /^\/health\/(live|ready)$/;

/** Time after which a database that has not responded counts as unreachable. */
const databaseMilliseconds = 2_000;

interface Readiness {
  ready: boolean;
  database: "answers" | "does not answer";
  /** The reason why the database cannot be used, if it is known. */
  problem?: string;
  queue: "runs" | "does not run";
  stopping: boolean;
}

/** Determines whether requests should be sent to this process. */
async function readiness(app: App, stopping: boolean): Promise<Readiness> {
  const problem = await problemInTime(app);
  const queue = app.queue.isRunning();
  return {
    ready: problem === null && queue && !stopping,
    database: problem === null ? "answers" : "does not answer",
    ...(problem && { problem }),
    queue: queue ? "runs" : "does not run",
    stopping,
  };
}

async function problemInTime({ database }: App): Promise<string | null> {
  const waiting = new AbortController();
  try {
    return await Promise.race([
      databaseProblem(database),
      delay(databaseMilliseconds, "The database did not answer in time.", { signal: waiting.signal }),
    ]);
  } catch {
    return "The database cannot be reached.";
  } finally {
    waiting.abort();
  }
}

/**
 * Serves /health/live, which says that the process responds, and /health/ready, which says whether requests
 * should be sent to it and has status 503, with the reason, if not. Both contain the version of Medoid.
 */
export async function serveHealth(
  check: "live" | "ready",
  app: App,
  stopping: boolean,
  response: ServerResponse,
): Promise<void> {
  const state = check === "live" ? { live: true } : await readiness(app, stopping);
  response.writeHead("ready" in state && !state.ready ? 503 : 200, {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
  });
  response.end(`${JSON.stringify({ ...state, version })}\n`);
}
