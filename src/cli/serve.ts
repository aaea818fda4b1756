import { once } from "node:events";
import { type Command, InvalidArgumentError } from "commander";
import type { Medoid } from "../medoid.js";
import { createServer } from "../server.js";
import type { Cli } from "./cli.js";
import { wholeNumber } from "./clusterOptions.js";
import { CommandError } from "./commandErrors.js";
import { nextStep } from "./nextSteps.js";

export const defaultPort = 4000;
export const defaultHost = "127.0.0.1";

export function addServeCommand(program: Command, cli: () => Cli): void {
  addListenOptions(
    program.command("serve").description("serve the GraphQL API and GraphiQL, and compute clusterings"),
  ).action(async ({ port = defaultPort, host }: { port?: number; host: string }) => {
    const { open, stdout, signal } = cli();
    const medoid = await open();
    try {
      const hint = await nextStep(medoid);
      if (hint) stdout.write(`${hint}\n`);
      await serve(medoid, { port, host }, stdout, signal);
    } finally {
      await medoid.close();
    }
  });
}

export function addListenOptions(command: Command): Command {
  return command
    .option("--port <n>", `the port; 0 takes any that is free (default: ${defaultPort})`, portNumber)
    .option("--host <address>", "the address to listen on", defaultHost);
}

/**
 * Serves until `signal` aborts, then stops in order.
 * @throws CommandError where the address cannot be had
 */
export async function serve(
  medoid: Medoid,
  { port, host }: { port: number; host: string },
  stdout: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const server = createServer(medoid);
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
  await medoid.queue.start();
  stdout.write(`GraphiQL and the API: ${url}/graphql\nCtrl-C stops it.\n`);
  if (!signal.aborted) await once(signal, "abort");
  await server.stop();
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError("It must be from 0 to 65535.");
  return port;
}
