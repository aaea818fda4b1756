import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { StoredValue } from "../../database/rowSelection.js";
import type { FileColumn } from "../../export/formats/rowFormat.js";
import { rowFormats } from "../../export/formats/rowFormats.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import type { Api } from "../api/api.js";
import { type EmbeddingToAssign, embeddingsToAssign } from "../api/embeddingsToAssign.js";
import { latestId, noSuchResult, requireModel } from "../api/existingResult.js";
import { resultMetadata } from "../api/resultMetadata.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { addFilterOptions, type FilterOptions, resultId } from "../options/clusterOptions.js";
import {
  chosenFormat,
  type ExportOptions,
  formatOption,
  outOption,
  standardOutput,
} from "../options/exportFormat.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { counted, number } from "../output/clusteringResult.js";
import { type OutputFile, writeFiles } from "../output/outputFile.js";
import { printable, quoted } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

const resultQuery = /* GraphQL */ `
  query ResultToAssignTo($id: ID!) {
    clusteringResult(id: $id) { id status embeddingModel { name } }
  }
`;
const assignQuery = /* GraphQL */ `
  query Assign($id: ID!, $embeddingIds: [ID!]!) {
    clusteringResult(id: $id) {
      assign(embeddingIds: $embeddingIds) { cluster { label } probability nearest { id } distance }
    }
  }
`;

interface ResultToAssignTo {
  id: string;
  status: string;
  embeddingModel: { name: string };
}

interface Assigned {
  cluster: { label: number } | null;
  probability: number;
  nearest: { id: string };
  distance: number;
}

interface AssignOptions extends ExportOptions, FilterOptions {
  embeddingModel?: string;
}

/** The embeddings that are assigned, and written, together. */
const pieceSize = 1000;

/** As an export has them, as far as it has them. */
const columns: FileColumn[] = [
  { name: "embedding_id", type: "uuid" },
  { name: "external_id", type: "text", isNullable: true },
  { name: "run_id", type: "uuid" },
  { name: "network", type: "text", holds: "text list" },
  { name: "initial_prompt", type: "text" },
  { name: "sequence_number", type: "int4" },
  { name: "model", type: "text" },
  { name: "text", type: "text", isNullable: true },
  { name: "label", type: "int4" },
  { name: "probability", type: "float8" },
  { name: "nearest_embedding_id", type: "uuid" },
  { name: "distance", type: "float8" },
];

export function addAssignCommand(program: Command, cli: () => Cli): void {
  const command = addFilterOptions(
    program
      .command("assign")
      .description("write to which clusters of a result other embeddings would belong")
      .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
      .option("--embedding-model <name>", "whose embeddings, and without ID whose latest result"),
  )
    .addOption(formatOption())
    .addOption(outOption())
    .action((id: string | undefined, options: AssignOptions) => assignEmbeddings(cli(), id, options));
  addNotes(
    command,
    "The embeddings are those of the result's model that the filter selects; those that took part get what they got. Nothing is stored, and the clusters stay as they are. The columns: docs/clustering.md. Parquet holds the parameters of the result in its metadata; with the other formats they are written to FILE.meta.json.",
  );
  addExamples(
    command,
    "medoid assign --out assigned.parquet",
    'medoid assign --initial-prompts "a new prompt" --out assigned.csv',
    "medoid assign --sequence-number 100.. --out assigned.jsonl",
  );
}

async function assignEmbeddings(cli: Cli, id: string | undefined, options: AssignOptions): Promise<void> {
  const { stdout, stderr, signal } = cli;
  const { out } = options;
  const isToStandardOutput = out === standardOutput;
  const format = chosenFormat(options, stdout as { isTTY?: boolean });
  try {
    await withApi(cli, async (api) => {
      const result = await resultFor(api, id, options, cli);
      const metadata = await resultMetadata(api, result.id, signal);
      const counts = { rows: 0, outliers: 0, clusters: new Set<number>() };
      const rows = assignedRows(api, result, options, counts);
      const content = fileOf(rows, rowFormats[format], JSON.stringify(metadata), signal);
      if (isToStandardOutput) {
        await pipeline(content, stdout, { end: false });
        return;
      }
      const sidePath = `${out}.meta.json`;
      const sideFiles: OutputFile[] =
        format === "PARQUET" ? [] : [{ path: sidePath, content: sideContent() }];
      function* sideContent() {
        yield Buffer.from(
          `${JSON.stringify({ ...metadata, table: "assigned", rowCount: counts.rows }, null, 2)}\n`,
        );
      }
      await writeFiles([{ path: out, content }, ...sideFiles], signal);
      const { rows: all, outliers, clusters } = counts;
      const where = `${number(all - outliers)} in ${counted(clusters.size, "cluster")}, ${counted(outliers, "outlier")}`;
      const side = sideFiles.length > 0 ? `; the result's parameters are in ${printable(sidePath)}` : "";
      stdout.write(`Wrote ${counted(all, "assignment")} to ${printable(out)}: ${where}${side}.\n`);
      if (all === 0) stderr.write("No embedding satisfies the filter.\n");
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      isToStandardOutput ? "Stopped. The output is incomplete." : "Stopped. Nothing was written.",
    );
  }
}

/** @throws CommandError if there is no such result; ArgumentError if it is one of another embedding model */
async function resultFor(
  api: Api,
  id: string | undefined,
  { embeddingModel }: AssignOptions,
  cli: Cli,
): Promise<ResultToAssignTo> {
  const chosen = id ?? (await latestId(api, cli, embeddingModel));
  const { clusteringResult: result } = await api.execute<{ clusteringResult: ResultToAssignTo | null }>(
    resultQuery,
    { id: chosen },
  );
  if (result === null) throw await noSuchResult(api, chosen, cli);
  if (result.status !== "SUCCEEDED") {
    throw new CommandError(`The clustering ${chosen} has the status ${result.status}: it has no clusters.`);
  }
  const { name } = result.embeddingModel;
  if (embeddingModel !== undefined && embeddingModel !== name) {
    await requireModel(api, cli, embeddingModel);
    throw new ArgumentError(
      `--embedding-model must be ${quoted(name, 60)}, the model of the result ${chosen}; it was ${quoted(embeddingModel, 60)}.`,
    );
  }
  return result;
}

interface Counts {
  rows: number;
  outliers: number;
  clusters: Set<number>;
}

/** The rows of the file, some at a time. */
async function* assignedRows(
  api: Api,
  { id, embeddingModel }: ResultToAssignTo,
  filter: FilterOptions,
  counts: Counts,
): AsyncGenerator<StoredValue[][], void, void> {
  let piece: EmbeddingToAssign[] = [];
  const assignPiece = async (): Promise<StoredValue[][]> => {
    const embeddingIds = piece.map((one) => one.id);
    const { clusteringResult } = await api.execute<{ clusteringResult: { assign: Assigned[] } | null }>(
      assignQuery,
      { id, embeddingIds },
    );
    if (clusteringResult === null) throw new CommandError(`The clustering result ${id} was deleted.`);
    const rows = clusteringResult.assign.map((assigned, at) => rowOf(piece[at], assigned));
    for (const { cluster } of clusteringResult.assign) {
      if (cluster === null) counts.outliers++;
      else counts.clusters.add(cluster.label);
    }
    counts.rows += rows.length;
    piece = [];
    return rows;
  };
  for await (const one of embeddingsToAssign(api, embeddingModel.name, filter)) {
    piece.push(one);
    if (piece.length === pieceSize) yield await assignPiece();
  }
  if (piece.length > 0) yield await assignPiece();
}

function rowOf(embedding: EmbeddingToAssign, assigned: Assigned): StoredValue[] {
  const { run, invocation } = embedding;
  return [
    bareId("Embedding", embedding.id),
    invocation.externalId,
    bareId("Run", run.id),
    JSON.stringify(run.network),
    run.initialPrompt,
    invocation.sequenceNumber,
    invocation.model,
    invocation.outputText,
    assigned.cluster?.label ?? -1,
    assigned.probability,
    bareId("Embedding", assigned.nearest.id),
    assigned.distance,
  ];
}

function bareId(type: "Embedding" | "Run", id: string): string {
  const parsed = parseIdOf(type, id);
  if ("problem" in parsed) throw new CommandError(`${id} ${parsed.problem}`);
  return parsed.uuid;
}

/** The bytes of a file, as many at a time as its rows come. */
async function* fileOf(
  pieces: AsyncIterable<StoredValue[][]>,
  format: (typeof rowFormats)[keyof typeof rowFormats],
  metadata: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const frame = format.frame(columns, metadata);
  if (frame.start.length > 0) yield frame.start;
  let offset = frame.start.length;
  for await (const rows of pieces) {
    signal.throwIfAborted();
    const encoded = format.encode(columns, rows, offset);
    frame.add(encoded);
    offset += encoded.bytes.length;
    yield encoded.bytes;
  }
  const end = frame.end();
  if (end.length > 0) yield end;
}
