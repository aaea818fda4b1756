import { once } from "node:events";
import type { Command } from "commander";
import type { App } from "../../app.js";
import { stopMilliseconds } from "../../jobs/queue/queue.js";
import { readSettings } from "../../settings.js";
import { inProcessApi } from "../api/inProcessApi.js";
import { type Cli, requireFileAtStop, startQueue } from "../cli.js";
import { addListenOptions, type ListenOptions } from "../options/listen.js";
import { nextStepIfKnown, requireProtection, warnOfUnknownVariables } from "../output/hints.js";
import { CommandError, endAtLatest } from "../process.js";

export function addServeCommand(program: Command, cli: () => Cli): void {
  addListenOptions(
    program
      .command("serve")
      .description("serve the page, the GraphQL API and GraphiQL, and compute clusterings"),
  )
    .option(
      "--no-worker",
      "compute no clusterings in this process; `medoid worker` computes them on the same database",
    )
    .action(async (options: ListenOptions & { worker: boolean }) => {
      const { open, signal } = cli();
      const callOff = endAtLatest(signal, longestStopSeconds);
      const app = await open({}, { keepsLog: true, creates: true });
      try {
        await warnOfUnknownVariables(app);
        await serve(app, options, cli());
      } finally {
        await app.close();
        callOff();
      }
    });
}

/**
 * The longest that stopping may take by the settings, or by the queue's wait for the database, and a margin.
 */
function longestStopSeconds(): number {
  const { unreadySeconds, stopSeconds } = readSettings();
  return Math.max(unreadySeconds + stopSeconds, stopMilliseconds / 1000) + 2.5;
}

/**
 * Serves until `signal` aborts, then stops in an orderly way.
 *
 * @throws CommandError if the address cannot be listened on, or needs API keys and there are none
 */
export async function serve(
  app: App,
  { port, host, insecure = false, worker = true }: ListenOptions & { worker?: boolean },
  cli: Cli,
): Promise<void> {
  const { stdout, signal } = cli;
  if (!insecure) await requireProtection(app, host, cli);
  const [{ createServer }, { beginLog }, { startTracing, tracingWanted }] = await Promise.all([
    import("../../server/server.js"),
    import("../../runtime/logger.js"),
    import("../../server/observability/tracing.js"),
  ]);
  // Asked for before requests are served: from then on the program's files may be replaced.
  const hint = await nextStepIfKnown(inProcessApi(app), cli);
  const tracing = tracingWanted() ? await startTracing() : undefined;
  const logger = app.logger ?? beginLog(app.settings.logLevel);
  const server = createServer(app, { logger, tracing });
  // Before requests are served too, since a queue loads more of the program.
  await startQueue(app, { computes: worker });
  let url: string;
  try {
    url = await server.listen(port, host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === "EADDRINUSE"
        ? `Port ${port} of ${host} is in use. Choose another with --port.`
        : `Cannot listen on --host ${host} --port ${port}: ${message}`,
    );
  }
  // In one write, so that a program waiting for the address never reads half of it.
  const page = app.settings.page ? `The page: ${url}/\n` : "";
  stdout.write(
    `${hint ? `${hint}\n` : ""}${page}GraphiQL and the API: ${url}/graphql\nCtrl-C stops the server.\n`,
  );
  if (!signal.aborted) await once(signal, "abort");
  // Clusterings in progress go back to the queue while running requests finish; queued ones stay queued.
  await Promise.all([server.stop(), app.queue.stop()]);
  await tracing?.stop();
  await requireFileAtStop(app);
}
