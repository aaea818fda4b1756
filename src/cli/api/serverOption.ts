import { type Command, Option } from "commander";
import type { ServerAddress } from "../../remote/serverAddress.js";
import { ArgumentError } from "../process.js";
import { readServerAddress } from "./server.js";

/** The commands that read and write through the API alone, which a server may provide. */
const clients = new Set([
  "results",
  "show",
  "sweep",
  "compare",
  "name",
  "map",
  "runs",
  "run",
  "image",
  "cluster",
  "export",
  "models",
  "delete",
  "verify",
  "import",
]);

/** Adds --server to every command; those that are no clients refuse it with what to do. */
export function addServerOption(program: Command): void {
  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) {
    const option = new Option("--server <url>", "a server to ask instead (env: MEDOID_API_KEY)");
    command.addOption(clients.has(command.name()) ? option : option.hideHelp());
  }
}

/**
 * The server that was given to a command.
 * @throws ArgumentError if the command is no client, or the option contradicts others
 */
export function givenServer(command: Command): ServerAddress | undefined {
  const { server, databaseUrl } = command.optsWithGlobals<{ server?: string; databaseUrl?: string }>();
  if (server === undefined) return undefined;
  const name = nameOf(command);
  if (!clients.has(name)) {
    throw new ArgumentError(
      `--server: \`medoid ${name}\` needs the database itself. Run it with --database-url on a machine that reaches the database.`,
    );
  }
  if (databaseUrl !== undefined && command.getOptionValueSourceWithGlobals("databaseUrl") === "cli") {
    throw new ArgumentError("Give either --server or --database-url.");
  }
  return readServerAddress(server, process.env.MEDOID_API_KEY);
}

/** The words after `medoid`: "keys list". */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
