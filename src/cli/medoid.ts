#!/usr/bin/env node
import { CommanderError } from "commander";
import { asUnavailable, DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";
import { DatabaseUrlError } from "../database/errors/databaseUrlError.js";
import { DatabaseRightsError } from "../database/postgres/databaseRightsError.js";
import { SettingError } from "../settings.js";
import { printableLines } from "./output/printable.js";
import { ArgumentError, CommandError, endSoon } from "./process.js";
import { createProgram } from "./program.js";
import { enterTypedFolder } from "./typedFolder.js";
import { withoutPasswords } from "./withoutPasswords.js";

const interrupt = new AbortController();
for (const [name, number] of [["SIGINT", 2] as const, ["SIGTERM", 15] as const]) {
  // The first signal stops the command in an orderly way, the second one ends the process immediately.
  process.on(name, () => (interrupt.signal.aborted ? process.exit(128 + number) : interrupt.abort()));
}

// A program that reads the output may stop reading early, as `head` does; that is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

enterTypedFolder();
const program = createProgram(interrupt.signal);
// The name that other users of the machine see in the list of processes. It leaves out the arguments, which
// may contain the database's password.
const command = program.commands.find((each) => process.argv.includes(each.name()));
process.title = command ? `medoid ${command.name()}` : "medoid";
const commands = [program];
for (const command of commands) commands.push(...command.exitOverride().commands);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
endSoon();

function exitCodeOf(error: unknown): number {
  // Commander has already printed the error in the arguments; --help and --version are not errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : new ArgumentError().exitCode;
  if (error instanceof DatabaseUrlError || error instanceof SettingError) {
    printError(error.message);
    return new ArgumentError().exitCode;
  }
  if (error instanceof CommandError || error instanceof DatabaseRightsError) {
    printError(error.message);
    return error instanceof CommandError ? error.exitCode : 1;
  }
  const cause = asUnavailable(error);
  if (cause instanceof DatabaseUnavailableError) {
    printError(cause.message);
    return 1;
  }
  printError(String(error instanceof Error ? error.stack : error));
  return 1;
}

function printError(message: string): void {
  process.stderr.write(`${printableLines(withoutPasswords(message))}\n`);
}
