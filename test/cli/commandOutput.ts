import { Command } from "commander";
import { addServerOption } from "../../src/cli/api/serverOption.js";
import type { Cli } from "../../src/cli/cli.js";
import type { Fixture } from "../fixtures.js";
import { capturedCli } from "./capturedCli.js";

/**
 * Runs a command on a fixture's database in this process.
 * @param options columns: the width of the terminal that it prints to
 * @returns what it prints
 */
export async function commandOutput(
  { app, url }: Pick<Fixture, "app" | "url">,
  add: (program: Command, cli: () => Cli) => void,
  args: string[],
  { columns, ...options }: Partial<Cli> & { columns?: number } = {},
): Promise<string> {
  const opened = { databaseUrl: url, openAnother: async () => ({ ...app, close: async () => {} }) };
  const { cli, printed } = capturedCli(opened);
  Object.assign(cli.stdout, { columns });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  add(program, () => Object.assign(cli, options));
  addServerOption(program);
  const ofServer = options.server ? ["--server", options.server.url] : [];
  await program.parseAsync([...args, ...ofServer], { from: "user" });
  return printed();
}
