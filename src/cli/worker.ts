import { once } from "node:events";
import { type Command, InvalidArgumentError, Option } from "commander";
import { stopMilliseconds } from "../jobs/queue/queue.js";
import { describeSettings } from "../settings.js";
import { type Cli, startQueue } from "./cli.js";
import { wholeNumber } from "./clusterOptions.js";
import { CommandError } from "./commandErrors.js";
import { endAtLatest } from "./endAtLatest.js";
import { defaultHost, portNumber } from "./listen.js";
import { requireProtection } from "./requireProtection.js";
import { warnOfUnknownVariables } from "./unknownVariables.js";

/** The queue's, and some more to close the database. */
const longestStopSeconds = stopMilliseconds / 1000 + 2.5;

interface WorkerOptions {
  concurrency?: number;
  port?: number;
  host: string;
  insecure?: boolean;
}

export function addWorkerCommand(program: Command, cli: () => Cli): void {
  program
    .command("worker")
    .description("compute the clusterings that others ask for, any number of workers on one database")
    .option(
      "--concurrency <n>",
      "clusterings computed at a time; MEDOID_CLUSTERING_CONCURRENCY unless given",
      fromOne,
    )
    .addOption(
      new Option(
        "--port <n>",
        "serve /health/live, /health/ready and /metrics there, these last by the rules of `medoid serve`; 0 takes any that is free",
      )
        .argParser(portNumber)
        .env("MEDOID_WORKER_PORT"),
    )
    .addOption(
      new Option("--host <address>", "the address of --port").env("MEDOID_HOST").default(defaultHost),
    )
    .option("--insecure", "listen on any address without API keys: whoever reaches it may read the metrics")
    .addHelpText("after", () => `\n${describeSettings()}`)
    .action(async ({ concurrency, port, host, insecure = false }: WorkerOptions) => {
      const { open, stdout, signal } = cli();
      const callOff = endAtLatest(signal, () => longestStopSeconds);
      const app = await open(concurrency === undefined ? {} : { clusteringConcurrency: concurrency }, {
        keepsLog: true,
      });
      try {
        await warnOfUnknownVariables(app);
        if (port !== undefined && !insecure) await requireProtection(app, host);
        const { createMonitoringServer } = await import("../server/monitoringServer.js");
        // It counts from the first clustering on.
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
        // In one piece, so that no line of the log comes in between.
        stdout.write(
          `${health}Computing clusterings, ${clusteringConcurrency} at a time on ${clusteringThreads} threads.\nCtrl-C hands back what is computed and stops.\n`,
        );
        if (!signal.aborted) await once(signal, "abort");
        // It says that it is not ready while it hands back.
        monitoring?.setStopping();
        await app.queue.stop();
        await monitoring?.close();
      } finally {
        await app.close();
        callOff();
      }
    });
}

function fromOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return value;
}
