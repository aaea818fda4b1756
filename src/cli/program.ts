import { Command, Option } from "commander";
import type { ServerAddress } from "../remote/serverAddress.js";
import { description, version } from "../runtime/version.js";
import { addServerOption, givenServer } from "./api/serverOption.js";
import { type Cli, createCli } from "./cli.js";
import { addClusterCommand } from "./commands/cluster.js";
import { addCompareCommand } from "./commands/compare.js";
import { addCompletionCommand } from "./commands/completion.js";
import { addCopyCommand } from "./commands/copy.js";
import { addDeleteCommand } from "./commands/delete.js";
import { addDeleteRunsCommand } from "./commands/deleteRuns.js";
import { addDemoCommand } from "./commands/demo.js";
import { addExportCommand } from "./commands/export.js";
import { addImageCommand } from "./commands/image.js";
import { addImportCommand } from "./commands/import.js";
import { addKeysCommand } from "./commands/keys.js";
import { addMapCommand } from "./commands/map.js";
import { addMigrateCommand } from "./commands/migrate.js";
import { addModelsCommand } from "./commands/models.js";
import { addNameCommand } from "./commands/name.js";
import { addResultsCommand } from "./commands/results.js";
import { addRunCommand } from "./commands/run.js";
import { addRunsCommand } from "./commands/runs.js";
import { addSampleCommand } from "./commands/sample.js";
import { addServeCommand } from "./commands/serve.js";
import { addShowCommand } from "./commands/show.js";
import { addSweepCommand } from "./commands/sweep.js";
import { addVerifyCommand } from "./commands/verify.js";
import { addWorkerCommand } from "./commands/worker.js";
import { configureHelpText } from "./options/helpText.js";
import { defaultDatabaseUrl } from "./typedFolder.js";
import { withoutPasswords } from "./withoutPasswords.js";

/**
 * The command line with every command.
 *
 * @param signal stops the command that is running
 */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command("medoid")
    .description(description)
    .version(version)
    .addOption(
      new Option("--database-url <path>", "a SQLite file, or postgresql://…")
        .env("DATABASE_URL")
        .default(defaultDatabaseUrl()),
    )
    .configureOutput({ outputError: (text, write) => write(withoutPasswords(text)) });
  configureHelpText(program);
  let made: Cli | undefined;
  let server: ServerAddress | undefined;
  const cli = () => {
    made ??= createCli(
      {
        databaseUrl: program.opts<{ databaseUrl: string }>().databaseUrl,
        isOption: program.getOptionValueSource("databaseUrl") === "cli",
        server,
      },
      signal,
    );
    return made;
  };
  addDemoCommand(program, cli);
  addServeCommand(program, cli);
  addWorkerCommand(program, cli);
  addImportCommand(program, cli);
  addSampleCommand(program, cli);
  addClusterCommand(program, cli);
  addResultsCommand(program, cli);
  addShowCommand(program, cli);
  addSweepCommand(program, cli);
  addCompareCommand(program, cli);
  addNameCommand(program, cli);
  addMapCommand(program, cli);
  addVerifyCommand(program, cli);
  addRunsCommand(program, cli);
  addRunCommand(program, cli);
  addImageCommand(program, cli);
  addExportCommand(program, cli);
  addDeleteCommand(program, cli);
  addDeleteRunsCommand(program, cli);
  addModelsCommand(program, cli);
  addKeysCommand(program, cli);
  addCopyCommand(program, cli);
  addMigrateCommand(program, cli);
  addCompletionCommand(program, cli);
  addServerOption(program);
  program.hook("preAction", (_, command) => {
    server = givenServer(command);
  });
  return program;
}
