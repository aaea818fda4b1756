import { extname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type ExportFormat,
  type ExportTable,
  exportFormats,
  exportTables,
} from "../../export/exportedFile.js";
import { exportMetadataPath } from "../../export/exportPath.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { RequestError } from "../../resolvers/requestError.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli, ProgressBar } from "../cli.js";
import { resultId } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { number } from "../output/clusteringResult.js";
import { type OutputFile, writeFiles } from "../output/outputFile.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

const exportQuery = /* GraphQL */ `
  query Export($id: ID!, $table: ExportTable!, $format: ExportFormat!, $vectors: Boolean!) {
    clusteringResult(id: $id) {
      id
      status
      embeddingCount
      clusterCount
      exportUrl(table: $table, format: $format, vectors: $vectors)
    }
  }
`;

interface ResultToExport {
  id: string;
  status: string;
  embeddingCount: number | null;
  clusterCount: number | null;
  exportUrl: string | null;
}

interface ExportOptions {
  table: ExportTable;
  format?: ExportFormat;
  vectors: boolean;
  out: string;
}

/** The value of --out that stands for standard output. */
const standardOutput = "-";

const endings: Partial<Record<string, ExportFormat>> = {
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
        `${namesOf(exportFormats)} (default: by the ending of FILE; parquet for standard output)`,
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
  const { stdout, signal, progressBar } = cli;
  const { table, vectors, out } = options;
  const isToStandardOutput = out === standardOutput;
  const format = options.format ?? (isToStandardOutput ? "PARQUET" : formatOf(out));
  if (isToStandardOutput && format === "PARQUET" && (stdout as { isTTY?: boolean }).isTTY) {
    throw new ArgumentError("Parquet is not text for a terminal. Add --out FILE, or --format csv.");
  }
  let bar: ProgressBar | undefined;
  const onProgress = (progress: number) => {
    if (isToStandardOutput) return;
    bar ??= progressBar("Exporting"); // a server does not tell how far it is
    bar.update(progress);
  };
  try {
    await withApi(cli, async (api) => {
      const result = await findResult(api, id ?? (await latestId(api, cli)), cli, { table, format, vectors });
      const rows = (table === "CLUSTERS" ? result.clusterCount : result.embeddingCount) ?? 0;
      const content = api.download(result.exportUrl, signal, onProgress);
      if (isToStandardOutput) {
        await pipeline(content, stdout, { end: false });
        return;
      }
      const sidePath = `${out}.meta.json`;
      const sideFiles: OutputFile[] = [];
      if (format !== "PARQUET") {
        const metadata = await readMetadata(api, result.id, signal);
        const text = JSON.stringify({ ...metadata, table: table.toLowerCase(), rowCount: rows }, null, 2);
        sideFiles.push({ path: sidePath, content: [Buffer.from(`${text}\n`)] });
      }
      await writeFiles([{ path: out, content }, ...sideFiles], signal);
      bar?.stop();
      stdout.write(
        `Wrote ${number(rows)} ${table.toLowerCase()} to ${printable(out)}${sideFiles.length > 0 ? `, and the result's parameters to ${printable(sidePath)}` : ""}.\n`,
      );
    });
  } catch (error) {
    if (signal.aborted) {
      throw new InterruptedError(
        isToStandardOutput ? "Stopped. The output is incomplete." : "Stopped. Nothing was written.",
      );
    }
    throw error instanceof RequestError ? new CommandError(error.message) : error;
  } finally {
    bar?.stop();
  }
}

/** The format that the ending of a file's name stands for. */
function formatOf(path: string): ExportFormat {
  const ending = extname(path);
  const format = endings[ending.toLowerCase()];
  if (format) return format;
  const problem = ending === "" ? "has no ending" : `ends in ${ending}`;
  throw new ArgumentError(
    `${path} ${problem}, which names no format. Choose an ending of ${Object.keys(endings).join(", ")}, or add --format.`,
  );
}

async function findResult(
  api: Api,
  id: string,
  cli: Cli,
  file: { table: ExportTable; format: ExportFormat; vectors: boolean },
): Promise<ResultToExport & { exportUrl: string }> {
  const { clusteringResult } = await api.execute<{ clusteringResult: ResultToExport | null }>(exportQuery, {
    id,
    ...file,
  });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  const { status, exportUrl } = clusteringResult;
  if (exportUrl === null) {
    throw new CommandError(`The clustering ${id} has the status ${status}: it has nothing to export.`);
  }
  return { ...clusteringResult, exportUrl };
}

/** What is known about the result as a whole, which is beside its files. */
async function readMetadata(api: Api, id: string, signal: AbortSignal): Promise<object> {
  const parsed = parseIdOf("ClusteringResult", id);
  if ("problem" in parsed) throw new CommandError(`${id} ${parsed.problem}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of api.download(exportMetadataPath(parsed.uuid), signal)) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

/** The names of an enum's values as the command line spells them. */
function namesOf(values: readonly string[]): string {
  return values.map((value) => value.toLowerCase()).join(", ");
}

/** An option for one of these values of an enum, in upper or lower case. */
function choice(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const value = text.toUpperCase();
    if (!values.includes(value)) throw new InvalidArgumentError(`It must be one of ${namesOf(values)}.`);
    return value;
  });
  option.argChoices = values.map((value) => value.toLowerCase());
  return option;
}
