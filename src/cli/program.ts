import { Command, Option } from "commander";
import { description, version } from "../runtime/version.js";
import { type Cli, createCli } from "./cli.js";
import { addClusterCommand } from "./cluster.js";
import { addCompletionCommand } from "./completion.js";
import { addCopyCommand } from "./copy.js";
import { addDeleteCommand } from "./delete.js";
import { addDeleteRunsCommand } from "./deleteRuns.js";
import { addDemoCommand } from "./demo.js";
import { addExportCommand } from "./export.js";
import { configureHelpText } from "./helpText.js";
import { addImageCommand } from "./image.js";
import { addImportCommand } from "./import.js";
import { addKeysCommand } from "./keys.js";
import { addMigrateCommand } from "./migrate.js";
import { addModelsCommand } from "./models.js";
import { addResultsCommand } from "./results.js";
import { addRunCommand } from "./run.js";
import { addRunsCommand } from "./runs.js";
import { addSampleCommand } from "./sample.js";
import { addServeCommand } from "./serve.js";
import type { ServerAddress } from "./server.js";
import { addServerOption, givenServer } from "./serverOption.js";
import { addShowCommand } from "./show.js";
import { addVerifyCommand } from "./verify.js";
import { withoutPasswords } from "./withoutPasswords.js";
import { addWorkerCommand } from "./worker.js";

const defaultDatabaseUrl = "file:./medoid.db";

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
        .default(defaultDatabaseUrl),
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
