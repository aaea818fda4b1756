import { testedKind } from "../testDatabase.js";
import { noJobIsLeft } from "./checkEveryRow.js";
import type { Random } from "./faultRun.js";
import {
  type ProcessOptions,
  type RunningProcess,
  type Server,
  type Supervised,
  startServer,
  startWorker,
  supervise,
} from "./medoidProcess.js";
import type { TestDatabase } from "./testDatabase.js";

/** On PostgreSQL only workers compute; on SQLite each server computes. */
export const hasWorkers = testedKind === "postgresql";

/** All processes of Medoid on one database. */
export interface Installation {
  /** The servers that do not compute: none on SQLite. */
  readonly servers: readonly Server[];
  /** Starts a process that computes. Its `url` is that of a server, because a worker has none of its own. */
  compute(options?: ProcessOptions): Promise<Server>;
  /** Waits until no job is left, and stops everything that still runs. */
  stop(): Promise<void>;
}

/** @param serverCount how many servers run beside the workers */
export async function install(database: TestDatabase, serverCount = 1): Promise<Installation> {
  const servers = hasWorkers
    ? await Promise.all(Array.from({ length: serverCount }, () => startServer(database, { computes: false })))
    : [];
  const running: RunningProcess[] = [...servers];
  let workerCount = 0;
  return {
    servers,
    async compute(options) {
      const started = hasWorkers
        ? { ...(await startWorker(database, options)), url: servers[workerCount++ % servers.length].url }
        : await startServer(database, options);
      running.push(started);
      return started;
    },
    async stop() {
      await noJobIsLeft(database);
      await Promise.all(running.map((each) => each.end("SIGTERM")));
    },
  };
}

export interface SupervisedInstallation {
  readonly all: readonly Supervised<RunningProcess>[];
  readonly computing: readonly Supervised<RunningProcess>[];
  /** The URL of one of the servers, picked at random; undefined while it does not run. */
  url(random: Random): string | undefined;
  stop(): Promise<void>;
}

/** Keeps two servers running, and on PostgreSQL two workers. */
export function superviseInstallation(
  database: TestDatabase,
  optionsOf: (index: number) => ProcessOptions = () => ({}),
  onStart: (process: RunningProcess) => void = () => {},
): SupervisedInstallation {
  const servers = [0, 1].map((i) =>
    supervise(() => startServer(database, { ...optionsOf(i), computes: !hasWorkers }), onStart),
  );
  const workers = hasWorkers
    ? [2, 3].map((i) => supervise(() => startWorker(database, optionsOf(i)), onStart))
    : [];
  const all = [...servers, ...workers];
  return {
    all,
    computing: hasWorkers ? workers : servers,
    url: (random) => random.pick(servers).process()?.url,
    async stop() {
      await noJobIsLeft(database);
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}
