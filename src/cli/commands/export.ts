import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { type ExportFormat, type ExportTable, exportTables } from "../../export/exportedFile.js";
import { RequestError } from "../../resolvers/requestError.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { resultMetadata } from "../api/resultMetadata.js";
import { withApi } from "../api/withApi.js";
import type { Cli, ProgressBar } from "../cli.js";
import { resultId } from "../options/clusterOptions.js";
import {
  choice,
  chosenFormat,
  type ExportOptions,
  formatOption,
  outOption,
  standardOutput,
} from "../options/exportFormat.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { number } from "../output/clusteringResult.js";
import { type OutputFile, writeFiles } from "../output/outputFile.js";
import { printable } from "../output/printable.js";
import { CommandError, InterruptedError } from "../process.js";

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

interface TableOptions extends ExportOptions {
  table: ExportTable;
  vectors: boolean;
}

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
    .addOption(formatOption())
    .option("--vectors", "add the vectors of the embeddings, or of the clusters' medoids", false)
    .addOption(outOption())
    .action((id: string | undefined, options: TableOptions) => exportResult(cli(), id, options));
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

async function exportResult(cli: Cli, id: string | undefined, options: TableOptions): Promise<void> {
  const { stdout, signal, progressBar } = cli;
  const { table, vectors, out } = options;
  const isToStandardOutput = out === standardOutput;
  const format = chosenFormat(options, stdout as { isTTY?: boolean });
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
        const metadata = await resultMetadata(api, result.id, signal);
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
