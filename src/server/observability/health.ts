import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "../../app.js";
import { databaseProblem } from "../../database/readiness.js";
import { version } from "../../runtime/version.js";

export const healthPath = /^\/health\/(live|ready)$/;

/** A database that has not answered by then is taken for gone. */
const databaseMilliseconds = 2_000;

interface Readiness {
  ready: boolean;
  database: "answers" | "does not answer";
  /** Why the database does not answer as it should, where that is known. */
  problem?: string;
  queue: "runs" | "does not run";
  stopping: boolean;
}

/** Whether this process should be sent requests. */
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
 * /health/live: the process responds. /health/ready: it should be sent requests; 503 where not, with the reason. Both
 * say which version runs.
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
