import type { Writable } from "node:stream";
import Table from "cli-table3";
import type { Command } from "commander";
import type { App } from "../app.js";
import { fileFormat } from "../import/fileFormat.js";
import type { ImportReport } from "../import/importReport.js";
import type { RunLinesReport } from "../import/runLines/importRunLines.js";
import { RunFileError } from "../import/runSource.js";
import type { Cli, ProgressBar } from "./cli.js";
import { nextStepIfKnown } from "./hints.js";
import { printable } from "./printable.js";
import { CommandError, InterruptedError } from "./process.js";

export function addImportCommand(program: Command, cli: () => Cli): void {
  program
    .command("import")
    .description("record the runs of a file; importing it again adds only what is new")
    .argument(
      "<FILE>",
      "a SQLite database of ANUcybernetics/panic-tda, or JSON lines with one RunInput of the API per line, optionally compressed with gzip; the format is recognised by the content",
    )
    .option("--json", "print the report as JSON")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { open, stdout, signal, progressBar } = cli();
      const app = await open();
      const bar = progressBar("Importing");
      try {
        const report = await importFile(app, file, bar, signal);
        bar.stop();
        if (json) {
          stdout.write(`${JSON.stringify(report, null, 2)}\n`);
          return;
        }
        printReport(report, stdout);
        const next = await nextStepIfKnown(app);
        if (next) stdout.write(`${next}\n`);
      } catch (error) {
        bar.stop();
        throw commandError(error, signal);
      } finally {
        await app.close();
      }
    });
}

async function importFile(
  app: App,
  file: string,
  bar: ProgressBar,
  signal: AbortSignal,
): Promise<ImportReport | RunLinesReport> {
  const options = { signal, onProgress: (progress: number) => bar.update(progress) };
  const { content, isCompressed } = fileFormat(file);
  if (content === "SQLite" && isCompressed) {
    throw new CommandError(`${file} is a SQLite database compressed with gzip. Decompress it first.`);
  }
  if (content === "JSON lines" || (content === null && (isCompressed || /\.jsonl(\.gz)?$/i.test(file)))) {
    const { importRunLines } = await import("../import/runLines/importRunLines.js");
    return importRunLines(app, file, options);
  }
  const { importPanicTda } = await import("../import/panicTda/importPanicTda.js");
  return importPanicTda(app, file, options);
}

function commandError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new InterruptedError(
      "Stopped. The runs recorded so far are complete and stay; run the command again to continue.",
    );
  }
  const isAboutFile =
    error instanceof RunFileError || (error instanceof Error && error.name === "RunLinesError");
  return isAboutFile ? new CommandError(error.message) : error;
}

function printReport(report: ImportReport | RunLinesReport, stdout: Writable): void {
  const counts = new Table({
    head: ["", "added", "already there"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [what, taken, alreadyThere] of countRows(report)) {
    counts.push([what, shownCount(taken), shownCount(alreadyThere)]);
  }
  stdout.write(`${counts}\n`);
  if (!("skipped" in report)) return;
  if (report.skipped.length === 0) {
    stdout.write("Nothing was skipped.\n");
    return;
  }
  const skipped = new Table({
    head: ["skipped", "reason", "count", "example"],
    colAligns: ["left", "left", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const { what, reason, count, example } of report.skipped) {
    skipped.push([what, reason, shownCount(count), printable(example)]);
  }
  stdout.write(`${skipped}\n`);
}

function countRows({ taken, alreadyThere }: ImportReport | RunLinesReport): [string, number, number][] {
  if ("runCount" in taken && "runCount" in alreadyThere) {
    return [
      ["runs", taken.runCount, alreadyThere.runCount],
      ["invocations", taken.invocationCount, alreadyThere.invocationCount],
      ["embeddings", taken.embeddingCount, alreadyThere.embeddingCount],
    ];
  }
  const [added, there] = [taken, alreadyThere] as ImportReport["taken"][];
  const models = [...new Set([...Object.keys(added.embeddings), ...Object.keys(there.embeddings)])].sort();
  return [
    ["runs", added.runs, there.runs],
    ["invocations", added.invocations, there.invocations],
    ["images", added.images, there.images],
    ...models.map((model): [string, number, number] => [
      `embeddings of ${printable(model)}`,
      added.embeddings[model] ?? 0,
      there.embeddings[model] ?? 0,
    ]),
  ];
}

function shownCount(count: number): string {
  return count.toLocaleString("en-US");
}
