import { once } from "node:events";
import { type Command, Option } from "commander";
import { stopMilliseconds } from "../../jobs/queue/queue.js";
import { type Cli, requireFileAtStop, startQueue } from "../cli.js";
import { fromOne } from "../options/clusterOptions.js";
import { addSettings } from "../options/helpText.js";
import { defaultHost, portNumber } from "../options/listen.js";
import { requireProtection, warnOfUnknownVariables } from "../output/hints.js";
import { CommandError, endAtLatest } from "../process.js";

/** The time that the queue may take to stop, and a margin for closing the database. */
const longestStopSeconds = stopMilliseconds / 1000 + 2.5;

interface WorkerOptions {
  concurrency?: number;
  port?: number;
  host: string;
  insecure?: boolean;
}

export function addWorkerCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("worker")
    .description(
      "compute the clusterings that servers and commands on the same database start; any number of workers may run",
    )
    .option(
      "--concurrency <n>",
      "number of clusterings computed at the same time (default: MEDOID_CLUSTERING_CONCURRENCY)",
      fromOne,
    )
    .addOption(
      new Option(
        "--port <n>",
        "serve /health/live, /health/ready and /metrics on this port, with access to /metrics as in `medoid serve`; 0 for any free port",
      )
        .argParser(portNumber)
        .env("MEDOID_WORKER_PORT"),
    )
    .addOption(
      new Option("--host <address>", "the address to listen on, with --port")
        .env("MEDOID_HOST")
        .default(defaultHost),
    )
    .option(
      "--insecure",
      "listen on any address without API keys; everybody who can reach it may read the metrics",
    )
    .action(async ({ concurrency, port, host, insecure = false }: WorkerOptions) => {
      const { open, stdout, signal } = cli();
      const callOff = endAtLatest(signal, () => longestStopSeconds);
      const app = await open(concurrency === undefined ? {} : { clusteringConcurrency: concurrency }, {
        keepsLog: true,
        creates: true,
      });
      try {
        await warnOfUnknownVariables(app);
        if (port !== undefined && !insecure) await requireProtection(app, host, cli());
        const { createMonitoringServer } = await import("../../server/monitoringServer.js");
        // Created before the queue starts, so that its metrics count the first clustering too.
        const monitoring = port === undefined ? undefined : createMonitoringServer(app);
        await startQueue(app);
        let health = "";
        if (monitoring) {
          const url = await monitoring.listen(port ?? 0, host).catch((error: Error) => {
            throw new CommandError(`Cannot listen on --host ${host} --port ${port}: ${error.message}`);
          });
          health = `Health and metrics: ${url}/health/ready, ${url}/metrics\n`;
        }
        const { clusteringConcurrency, clusteringThreads } = app.settings;
        // In one write, so that no line of the log comes in between.
        stdout.write(
          `${health}Computing clusterings and maps, ${clusteringConcurrency} at a time on ${clusteringThreads} threads.\nCtrl-C returns them to the queue and stops the worker.\n`,
        );
        if (!signal.aborted) await once(signal, "abort");
        // Reports "not ready" while clusterings go back to the queue.
        monitoring?.setStopping();
        await app.queue.stop();
        await monitoring?.close();
        await requireFileAtStop(app);
      } finally {
        await app.close();
        callOff();
      }
    });
  addSettings(command, [
    "allowNewerDatabase",
    "logLevel",
    "clusteringConcurrency",
    "clusteringThreads",
    "requireKeys",
    "rateLimit",
    "trustedProxies",
    "baseUrl",
  ]);
}
