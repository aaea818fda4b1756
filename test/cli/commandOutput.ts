import { Command } from "commander";
import type { Cli } from "../../src/cli/cli.js";
import type { Fixture } from "../fixtures.js";
import { capturedCli } from "./capturedCli.js";

/** Runs a command on a fixture's database in this process. @returns what it prints */
export async function commandOutput(
  { app, url }: Pick<Fixture, "app" | "url">,
  add: (program: Command, cli: () => Cli) => void,
  args: string[],
  options: Partial<Cli> = {},
): Promise<string> {
  const opened = { databaseUrl: url, openAnother: async () => ({ ...app, close: async () => {} }) };
  const { cli, printed } = capturedCli(opened);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  add(program, () => Object.assign(cli, options));
  await program.parseAsync(args, { from: "user" });
  return printed();
}
