import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { entryPoint, type MedoidProcess, printed, spawnMedoidOf } from "../cli/runMedoid.js";
import type { TestDatabase } from "./testDatabase.js";

/** A process of its own, as an operator would start it. */
export interface RunningProcess {
  readonly child: MedoidProcess;
  /** Resolves once its output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal; resolves once the process has ended. For SIGKILL and SIGTERM. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export interface Server extends RunningProcess {
  /** The URL of the GraphQL API. */
  readonly url: string;
}

export interface ProcessOptions {
  /** The module of test/cluster/preload that is run before Medoid. */
  preload?: "faultPoint" | "poison" | "writeFaults";
  environment?: Record<string, string>;
  /** The command line of a build other than the checkout's. */
  entryPoint?: string;
}

export interface ServerOptions extends ProcessOptions {
  /** Default: true. */
  computes?: boolean;
}

const quiet = { MEDOID_LOG_LEVEL: "error", MEDOID_CLUSTERING_THREADS: "1", MEDOID_RATE_LIMIT: "0" };

function environmentOf(
  database: Pick<TestDatabase, "url">,
  { preload, environment }: ProcessOptions,
): Record<string, string> {
  const file = preload && fileURLToPath(new URL(`./preload/${preload}.js`, import.meta.url));
  return {
    ...quiet,
    DATABASE_URL: database.url,
    ...(file && { NODE_OPTIONS: `--import ${file}` }),
    ...environment,
  };
}

const running = new Set<MedoidProcess>();
// If a test has failed, the processes that it started must not continue.
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the command line without waiting for anything. */
export function startProcess(
  database: Pick<TestDatabase, "url">,
  options: ProcessOptions,
  ...args: string[]
): RunningProcess {
  const child = spawnMedoidOf(options.entryPoint ?? entryPoint, environmentOf(database, options), ...args);
  running.add(child);
  child.once("close", () => running.delete(child));
  return {
    child,
    printed: (pattern) => printed(child, pattern),
    async end(signal) {
      child.kill(signal);
      await child.finished;
    },
  };
}

/** Starts `medoid serve`, and waits until it serves. */
export async function startServer(
  database: Pick<TestDatabase, "url">,
  { computes = true, ...options }: ServerOptions = {},
): Promise<Server> {
  const port = options.environment?.PORT ?? "0";
  const started = startProcess(
    database,
    options,
    "serve",
    "--port",
    port,
    ...(computes ? [] : ["--no-worker"]),
  );
  const [url] = await started.printed(/http:\S+\/graphql/);
  return { ...started, url };
}

/** Starts `medoid worker`, and waits until it is ready to compute. */
export async function startWorker(
  database: Pick<TestDatabase, "url">,
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  const started = startProcess(database, options, "worker");
  await started.printed(/Computing clusterings/);
  return started;
}

export interface Supervised<Process extends RunningProcess> {
  /** How often it was started. */
  starts(): number;
  /** The process that runs, or the last one while none runs. */
  process(): Process | undefined;
  stop(): Promise<void>;
}

/**
 * Keeps a process running, as a process manager does: starts another one whenever it has ended by itself.
 * @param onStart called with each process that is started
 */
export function supervise<Process extends RunningProcess>(
  start: () => Promise<Process>,
  onStart: (process: Process) => void = () => {},
): Supervised<Process> {
  let process: Process | undefined;
  let stopped = false;
  let starts = 0;
  const supervising = (async () => {
    while (!stopped) {
      starts++;
      process = await start().catch(() => undefined);
      if (process) onStart(process);
      if (stopped) await process?.end("SIGKILL");
      await process?.child.finished;
      await delay(20);
    }
  })();
  return {
    starts: () => starts,
    process: () => process,
    async stop() {
      stopped = true;
      await process?.end("SIGTERM");
      await supervising;
    },
  };
}
