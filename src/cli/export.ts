import { extname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { App } from "../app.js";
import type { ExportableResult } from "../export/exportableResult.js";
import { type ExportFormat, type ExportTable, exportFormats, exportTables } from "../export/exportedFile.js";
import { parseIdOf } from "../resolvers/globalId.js";
import { RequestError } from "../resolvers/requestError.js";
import type { Cli } from "./cli.js";
import { resultId } from "./clusterOptions.js";
import { latestId, noSuchResult } from "./existingResult.js";
import { addExamples, addNotes } from "./helpText.js";
import { inProcessApi } from "./inProcessApi.js";
import { writeFiles } from "./outputFile.js";
import { ArgumentError, CommandError, InterruptedError } from "./process.js";

interface ExportOptions {
  table: ExportTable;
  format?: ExportFormat;
  vectors: boolean;
  out: string;
}

/** The value of --out that stands for standard output. */
const standardOutput = "-";

const endings: Record<string, ExportFormat> = {
  ".parquet": "PARQUET",
  ".csv": "CSV",
  ".jsonl": "JSONL",
  ".ndjson": "JSONL",
};

export function addExportCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("export")
    .description("write the rows of a result to a file, for data frames and spreadsheets")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .addOption(
      choice(
        "--table <name>",
        "assignments: one row per embedding, with its text, run and cluster; clusters: one row per cluster, with its medoid",
        exportTables,
      ).default("ASSIGNMENTS", "assignments"),
    )
    .addOption(
      choice(
        "--format <name>",
        `${namesOf(exportFormats)} (default: by the ending of FILE, or else parquet)`,
        [...exportFormats],
      ),
    )
    .option("--vectors", "add the vectors of the embeddings, or of the clusters' medoids", false)
    .option(
      "--out <FILE>",
      "the file to write, which replaces an existing one when it is complete; - for standard output",
      standardOutput,
    )
    .action((id: string | undefined, options: ExportOptions) => exportResult(cli(), id, options));
  addNotes(
    command,
    "The columns and how to read them: docs/researchers.md. Parquet holds the parameters, the filter and the digest of the result in its metadata; with the other formats they are written to FILE.meta.json.",
  );
  addExamples(
    command,
    "medoid export --out assignments.parquet",
    "medoid export --table clusters --out clusters.csv",
    "medoid export 0198c1b2-0000-7000-8005-000000000000 --out all.parquet",
  );
}

async function exportResult(cli: Cli, id: string | undefined, options: ExportOptions): Promise<void> {
  const { open, stdout, signal, progressBar } = cli;
  const { table, vectors, out } = options;
  const format = options.format ?? endings[extname(out).toLowerCase()] ?? "PARQUET";
  const isToStandardOutput = out === standardOutput;
  if (isToStandardOutput && format === "PARQUET" && (stdout as { isTTY?: boolean }).isTTY) {
    throw new ArgumentError("Parquet is not text for a terminal. Add --out FILE, or --format csv.");
  }
  const app = await open();
  const bar = isToStandardOutput ? undefined : progressBar("Exporting");
  try {
    const { fileMetadata } = await import("../export/exportableResult.js");
    const result = await findResult(app, id ?? (await latestId(inProcessApi(app), cli)), cli);
    const file = { table, format, vectors };
    const onProgress = (progress: number) => bar?.update(progress);
    const content = app.exporter.export(result, file, { signal, onProgress });
    if (isToStandardOutput) {
      await pipeline(content, stdout, { end: false });
      return;
    }
    const sidePath = `${out}.meta.json`;
    const hasSideFile = format !== "PARQUET";
    const metadata = Buffer.from(`${JSON.stringify(fileMetadata(result, file), null, 2)}\n`);
    const sideFiles = hasSideFile ? [{ path: sidePath, content: [metadata] }] : [];
    await writeFiles([{ path: out, content }, ...sideFiles], signal);
    bar?.stop();
    const rows = result.rows[table].toLocaleString("en-US");
    stdout.write(
      `Wrote ${rows} ${table.toLowerCase()} to ${out}${hasSideFile ? `, and the result's parameters to ${sidePath}` : ""}.\n`,
    );
  } catch (error) {
    if (signal.aborted) {
      throw new InterruptedError(
        isToStandardOutput ? "Stopped. The output is incomplete." : "Stopped. Nothing was written.",
      );
    }
    throw error instanceof RequestError ? new CommandError(error.message) : error;
  } finally {
    bar?.stop();
    await app.close();
  }
}

async function findResult(app: App, id: string, cli: Cli): Promise<ExportableResult> {
  const { findExportable } = await import("../export/exportableResult.js");
  const parsed = parseIdOf("ClusteringResult", id);
  const found = "uuid" in parsed ? await findExportable(app.database.prisma, parsed.uuid) : null;
  if (found === null) throw await noSuchResult(inProcessApi(app), id, cli);
  if ("status" in found) {
    throw new CommandError(`The clustering ${id} has the status ${found.status}: it has nothing to export.`);
  }
  return found;
}

/** The names of an enum's values as the command line spells them. */
function namesOf(values: readonly string[]): string {
  return values.map((value) => value.toLowerCase()).join(", ");
}

/** An option for one of these values of an enum, in upper or lower case. */
function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = text.toUpperCase();
    if (!values.includes(value)) throw new InvalidArgumentError(`It must be one of ${namesOf(values)}.`);
    return value;
  });
}
