import type { Readable, Writable } from "node:stream";
import type { Command } from "commander";
import type { App } from "../../app.js";
import type { ImportedFile } from "../../database/recording/importedFile.js";
import { importedFileOf } from "../../import/importedFile.js";
import type { ImportFormat } from "../../import/importFormats.js";
import type { ImportReport } from "../../import/importReport.js";
import type { ImportDestination } from "../../import/importThreads.js";
import { RunFileError } from "../../import/runSource.js";
import { importApi } from "../../import/server/importApi.js";
import type { ServerAddress } from "../../remote/serverAddress.js";
import { ServerError } from "../../remote/serverError.js";
import { inProcessApi } from "../api/inProcessApi.js";
import { serverApi } from "../api/serverApi.js";
import { serverCommandError } from "../api/serverCommandError.js";
import { type Cli, isMissing, openedDatabase, type ProgressBar } from "../cli.js";
import {
  addFormatOption,
  type Chosen,
  chosenOf,
  type FormatArguments,
  namedFormat,
} from "../options/importFormat.js";
import { addTableOptions, proposeTable } from "../options/importTable.js";
import { number } from "../output/clusteringResult.js";
import { fittedTable, type TableColumn } from "../output/fittedTable.js";
import { nextStepAfterImport } from "../output/hints.js";
import { differenceAdvice, embeddingAdvice, modelsOf } from "../output/importAdvice.js";
import { outputWidth } from "../output/outputWidth.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

/** The file's options, beside those that every command has. */
type ImportOptions = FormatArguments & { json?: boolean; server?: string };

export function addImportCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("import")
    .description("record the runs of a file; importing it again adds only what is new")
    .argument(
      "<FILE>",
      "a table of texts; traces of an LLM application (spans of OpenInference as Phoenix exports them, or observations of Langfuse); a SQLite database or the directory of a dump of ANUcybernetics/panic-tda; or JSON lines with one RunInput of the API per line; - is standard input. Text may be compressed by gzip. The format is recognised by the content",
    )
    .option("--json", "print the report as JSON")
    .action(async (file: string, { json, server: _, ...given }: ImportOptions) => {
      const { server, stdout, stdin, signal, progressBar } = cli();
      const named = namedFormat(given);
      const chosenBefore = named && chosenOf(named, file, given);
      const copied = file === "-" ? await standardInput(stdin, signal) : null;
      const source: Source = {
        path: copied?.path ?? file,
        shownPath: copied ? "standard input" : file,
        importedFile: importedFileOf(copied ? null : file),
      };
      try {
        const chosen = chosenBefore ?? chosenOf(await formatOf(source), file, given);
        if (chosen.format === "table" && chosen.table === null) {
          throw await proposeTable(source.path, source.shownPath, file, given, cli());
        }
        if (server) await requireAccess(server, signal);
        const { destination, opened } = await openDestination(cli());
        const bar = progressBar("Importing");
        try {
          const report = await importFile(destination, source, chosen, bar, signal);
          bar.stop();
          const areRows = chosen.format === "table" && chosen.table?.run === undefined;
          const isNothing = report.taken.runs + report.alreadyThere.runs === 0;
          if (json) stdout.write(`${JSON.stringify(report, null, 2)}\n`);
          else if (!isNothing || report.skipped.length > 0) printReport(report, stdout, { areRows });
          const typed = { file, given, command: cli().command };
          const differing = differenceAdvice(report, chosen, typed);
          if (isNothing) {
            const nothing = nothingRecorded(report, chosen, source.shownPath);
            throw new CommandError([nothing, ...differing].join(" "));
          }
          if (!json && report.taken.runs > 0) {
            const origin = copied ? source.importedFile.id : file;
            stdout.write(
              server
                ? "The API does not record which file runs come from: to undo this import, delete its runs by their ids or external ids, with delete-runs beside the database.\n"
                : `To undo this import: \`${cli().command("delete-runs", "--imported-from", origin)}\`.\n`,
            );
          }
          if (report.unreadable !== undefined) {
            throw new CommandError(
              `${report.unreadable} What was recorded before that stays; to continue, import the file again once it is whole.`,
            );
          }
          if (json) return;
          for (const advice of differing) stdout.write(`${advice}\n`);
          const lacking = embeddingAdvice(report, chosen, source.path, typed);
          if (lacking) stdout.write(`${lacking}\n`);
          if (modelsOf(report).size === 0) return;
          const app = opened();
          const api = app ? inProcessApi(app) : serverApi(server!, signal);
          const next = await nextStepAfterImport(api, modelsOf(report), cli());
          if (next) stdout.write(`${next}\n`);
        } finally {
          bar.stop();
          await opened()?.close();
        }
      } catch (error) {
        throw await commandError(error, source, cli());
      } finally {
        copied?.remove();
      }
    });
  addFormatOption(command);
  addTableOptions(command);
}

/**
 * Where to record: the server, or the database. A SQLite file that does not exist is created once there is something to
 * record, so that a file that cannot be imported leaves none behind.
 *
 * @throws CommandError if the database cannot be opened, or could not be created
 */
async function openDestination({
  databaseUrl,
  open,
  server,
}: Cli): Promise<{ destination: ImportDestination; opened(): App | undefined }> {
  let app: App | undefined;
  const opened = () => app;
  const openDatabase = async () => {
    app ??= await open({}, { creates: true });
    return app.database;
  };
  if (server) return { destination: { server }, opened };
  if (!isMissing(databaseUrl)) return { destination: { database: await openDatabase() }, opened };
  const { readSchemaState } = await import("../../database/migrations/schemaVersion.js");
  await openedDatabase(databaseUrl, () => readSchemaState(databaseUrl));
  return { destination: { databaseUrl, create: openDatabase }, opened };
}

/** A file to import. */
interface Source {
  path: string;
  /** Its name in messages, because standard input is read from a temporary copy. */
  shownPath: string;
  /** The origin of its runs. */
  importedFile: ImportedFile;
}

/** Why no run of a file is recorded now. */
function nothingRecorded({ skipped }: ImportReport, chosen: Chosen, shownPath: string): string {
  const left = skipped.find(({ what }) => what === "run" || what === "row");
  if (left) return `Nothing was recorded: every ${left.what} of ${shownPath} was left out.`;
  const what = "traces" in chosen ? "no call of a model" : "no runs";
  return `Nothing was recorded: ${shownPath} has ${what}.`;
}

async function standardInput(
  stdin: Readable & { isTTY?: boolean },
  signal: AbortSignal,
): Promise<{ path: string; remove(): void }> {
  if (stdin.isTTY)
    throw new ArgumentError("- reads standard input, which is a terminal: pipe a file into it.");
  try {
    const { copiedToFile } = await import("../../import/standardInput.js");
    return await copiedToFile(stdin, signal);
  } catch (error) {
    if (signal.aborted) throw new InterruptedError("Stopped. Nothing was recorded.");
    throw new CommandError(`Standard input cannot be read: ${(error as Error).message}.`);
  }
}

async function formatOf({ path, shownPath }: Source): Promise<ImportFormat> {
  const { recognisedFormat } = await import("../../import/recognisedFormat.js");
  return recognisedFormat(path, shownPath);
}

async function importFile(
  destination: ImportDestination,
  { path, shownPath, importedFile }: Source,
  chosen: Chosen,
  bar: ProgressBar,
  signal: AbortSignal,
): Promise<ImportReport> {
  const options = { signal, importedFile, onProgress: (progress: number) => bar.update(progress) };
  const withShownPath = ({ unreadable, ...report }: ImportReport): ImportReport =>
    unreadable === undefined ? report : { ...report, unreadable: unreadable.replace(path, shownPath) };
  switch (chosen.format) {
    case "table": {
      const { importTable } = await import("../../import/table/importTable.js");
      return importTable(destination, { path, shownPath, ...chosen.table! }, options);
    }
    case "openinference":
    case "langfuse": {
      const { importTraces } = await import("../../import/traces/importTraces.js");
      return importTraces(destination, { path, shownPath, ...chosen.traces }, options);
    }
    case "runs": {
      const { importRunLines } = await import("../../import/runLines/importRunLines.js");
      return withShownPath(await importRunLines(destination, path, options));
    }
    case "panic-tda": {
      const { importPanicTda } = await import("../../import/panicTda/importPanicTda.js");
      return withShownPath(await importPanicTda(destination, path, options));
    }
  }
}

/** @throws CommandError if the server does not let the caller read and record */
async function requireAccess(server: ServerAddress, signal: AbortSignal): Promise<void> {
  try {
    await importApi(server, signal).requireAccess();
  } catch (error) {
    throw await serverCommandError(server, error);
  }
}

async function commandError(
  error: unknown,
  { path, shownPath }: Source,
  { server, signal }: Cli,
): Promise<unknown> {
  if (error instanceof CommandError) return error;
  if (signal.aborted) {
    const stays = server
      ? "What was recorded so far stays"
      : "The runs recorded so far are complete and stay";
    return new InterruptedError(`Stopped. ${stays}; run the command again to continue.`);
  }
  if (server && error instanceof ServerError) {
    return new CommandError(
      `${error.message} What was recorded so far stays; run the command again to continue.`,
    );
  }
  return error instanceof RunFileError ? new CommandError(error.message.replace(path, shownPath)) : error;
}

/** @param areRows whether each run is a row of a table, which need not be called a run */
function printReport(report: ImportReport, stdout: Writable, { areRows }: { areRows: boolean }): void {
  const counts = (areRows ? rowCounts(report) : countRows(report)).map(([what, taken, alreadyThere]) => [
    what,
    number(taken),
    number(alreadyThere),
  ]);
  // What is not printed to a terminal is kept, and has the examples in full.
  const width = outputWidth(stdout, Number.POSITIVE_INFINITY);
  stdout.write(fittedTable(countColumns, counts, width));
  if (report.skipped.length === 0) {
    stdout.write("Nothing was skipped.\n");
    return;
  }
  const skipped = report.skipped.map(({ what, reason, count, example }) => [
    what,
    printable(reason),
    number(count),
    printable(example),
  ]);
  stdout.write(fittedTable(skippedColumns, skipped, width));
}

const countColumns: TableColumn[] = [
  { title: "", ifWide: "shorten" },
  { title: "added", align: "right" },
  { title: "already there", align: "right" },
];
const skippedColumns: TableColumn[] = [
  { title: "skipped" },
  { title: "reason", ifWide: "wrap" },
  { title: "count", align: "right" },
  { title: "example", ifWide: "shorten" },
];

function countRows({ taken, alreadyThere }: ImportReport): [string, number, number][] {
  return [
    ["runs", taken.runs, alreadyThere.runs],
    ["invocations", taken.invocations, alreadyThere.invocations],
    ["images", taken.images, alreadyThere.images],
    ...embeddingCounts(taken, alreadyThere),
  ];
}

function rowCounts({ taken, alreadyThere }: ImportReport): [string, number, number][] {
  return [["rows", taken.runs, alreadyThere.runs], ...embeddingCounts(taken, alreadyThere)];
}

function embeddingCounts(
  added: ImportReport["taken"],
  there: ImportReport["taken"],
): [string, number, number][] {
  const models = [...new Set([...Object.keys(added.embeddings), ...Object.keys(there.embeddings)])].sort();
  return models.map((model) => [
    `embeddings of ${printable(model)}`,
    added.embeddings[model] ?? 0,
    there.embeddings[model] ?? 0,
  ]);
}
