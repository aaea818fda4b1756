import { basename, dirname, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TableOptions } from "../../import/table/tableOptions.js";
import type { Cli } from "../cli.js";
import { number } from "../output/clusteringResult.js";
import { fittedTable, type TableColumn } from "../output/fittedTable.js";
import { outputWidth } from "../output/outputWidth.js";
import { printable } from "../output/printable.js";
import { ArgumentError } from "../process.js";
import { addExamples, addNotes } from "./helpText.js";

/** The command's options about tables, as they were given. */
export type TableArguments = Omit<TableOptions, "path" | "shownPath" | "text" | "dataset"> & {
  text?: string;
  dataset?: string;
};

const group = "Options for tables (Parquet, CSV, TSV, JSON lines of rows):";

const notes = [
  "Each row of a table becomes a run of one invocation. With --run, the rows with the same value in that column become the invocations of one run, in the order of --step, else of the file; the rows may be in any order, and are sorted in a temporary file of about the size of the table; CSV, TSV and JSON lines need one in any case. A run's network has its rows' models in the order of their first use. Columns that are not named become metadata, except those of bytes and vectors; metadata of more than 16 kB is left out.",
  "A row is recognised, when it is imported again, by the name of the dataset and by --id (with --run: by both); without --id by its run and step, else by its number and content. A row that has changed since is left out, and reported.",
  'JSON lines are runs if the first line has "network" or "invocations" and --text is not given; otherwise they are rows.',
];

const examples = [
  "medoid import texts.parquet    # proposes the columns, and records nothing",
  "medoid import texts.csv --text body --vector embedding --id id",
  "medoid import texts.csv --text body --vectors embeddings.npy",
  "zcat c.jsonl.gz | medoid import - --dataset chats --text answer --run chat",
  "medoid import spans.jsonl      # traces that Phoenix or Langfuse exported",
];

export function addTableOptions(command: Command): void {
  const option = (flags: string, description: string) => new Option(flags, description).helpGroup(group);
  command
    .addOption(option("--text <column>", "the texts; without it, a table's columns are proposed"))
    .addOption(
      option(
        "--vector <column>",
        "vectors: lists of numbers, JSON lists, or little-endian float32 as bytes or base64",
      ),
    )
    .addOption(
      option(
        "--vectors <file>",
        "a file with one vector per row, in the same order: .npy, or raw .f16 or .f32",
      ),
    )
    .addOption(
      option("--dimensions <number>", "numbers in each vector of a raw file").argParser((text) => {
        const number = Number(text);
        if (!/^\d+$/.test(text) || number < 1 || number > 65_536) {
          throw new InvalidArgumentError("It must be a whole number from 1 to 65536.");
        }
        return number;
      }),
    )
    .addOption(
      option(
        "--embedding-model <name>",
        "the model that made the vectors (default: the name of --vector or --vectors)",
      ),
    )
    .addOption(option("--id <column>", "the rows' own ids, which become externalId"))
    .addOption(
      option(
        "--dataset <name>",
        "the table's name, which tells its rows from those of other tables with the same ids (default: the name of FILE without its ending)",
      ),
    )
    .addOption(option("--run <column>", "rows with the same value are one run"))
    .addOption(option("--step <column>", "whole numbers from 0 that order the rows of a run"))
    .addOption(option("--model <column>", "the models that generated the texts"))
    .addOption(option("--prompt <column>", "initial prompts; a run has that of its first row"));
  addNotes(command, ...notes);
  addExamples(command, ...examples);
}

/**
 * @param file as it was given
 * @returns what to import, except the path; null without --text, in which case the columns are proposed
 * @throws ArgumentError if the options contradict each other
 */
export function tableArguments(
  file: string,
  given: TableArguments,
): Omit<TableOptions, "path" | "shownPath"> | null {
  const { text, dataset, vector, vectors, dimensions, embeddingModel, id, run, step, model, prompt } = given;
  const named = { vector, vectors, dimensions, embeddingModel, id, dataset, run, step, model, prompt };
  if (vector !== undefined && vectors !== undefined) {
    throw new ArgumentError("Give either --vector or --vectors, not both.");
  }
  if (dimensions !== undefined && vectors === undefined) {
    throw new ArgumentError("--dimensions is about a file of vectors: add --vectors.");
  }
  // A column of vectors may yet be proposed.
  if (embeddingModel !== undefined && text !== undefined && vector === undefined && vectors === undefined) {
    throw new ArgumentError("--embedding-model is about vectors: add --vector or --vectors.");
  }
  if (embeddingModel !== undefined && embeddingModel.trim() === "") {
    throw new ArgumentError("--embedding-model must not be empty.");
  }
  if (step !== undefined && run === undefined) {
    throw new ArgumentError("--step orders the rows of a run: add --run.");
  }
  if (text === undefined) {
    if (dataset !== undefined) datasetName(file, dataset);
    return null;
  }
  const defaultModel =
    vector ?? (vectors === undefined ? undefined : basename(vectors).replace(/\.[^.]+$/, ""));
  return {
    text,
    ...named,
    dataset: datasetName(file, dataset),
    embeddingModel: embeddingModel ?? defaultModel,
  };
}

function datasetName(file: string, given: string | undefined): string {
  if (given !== undefined) {
    if (given.trim() === "") throw new ArgumentError("--dataset must not be empty.");
    // `medoid run` takes the names of a dataset and a run with a slash between them.
    if (given.includes("/")) throw new ArgumentError(`--dataset must not contain a slash: ${given}`);
    return given;
  }
  if (file === "-") {
    throw new ArgumentError(
      "Standard input has no name by which its rows could be told from those of other tables: add --dataset NAME.",
    );
  }
  return basename(file)
    .replace(/\.gz$/i, "")
    .replace(/(?<=.)\.[^.]+$/, "");
}

/** The words of the command that imports a file with these options. */
export function importWords(file: string, given: TableArguments & { format?: string }): string[] {
  const { format, dataset, text, vector, id, run, step, model, prompt } = given;
  const { vectors, dimensions, embeddingModel } = given;
  const columns = { format, dataset, text, vector, id, run, step, model, prompt };
  const options = { ...columns, vectors, dimensions, "embedding-model": embeddingModel };
  const words = ["import", file];
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined) words.push(`--${option}`, String(value));
  }
  return words;
}

/** Another name for a dataset than the one that it has: with the name of the folder of its file. */
export function otherDataset(file: string, { dataset: given }: TableArguments): string {
  const dataset = datasetName(file, given);
  const folder = basename(dirname(resolve(file)));
  return given !== undefined || folder === "" ? otherName(dataset) : `${folder}-${dataset}`;
}

/** A name that was probably not given yet. */
export const otherName = (name: string) => `${name}-2`;

const proposalColumns: TableColumn[] = [
  { title: "column", ifWide: "shorten" },
  { title: "seems to be", ifWide: "wrap" },
  { title: "example", ifWide: "shorten" },
];

/** The width of a proposal that is not printed to a terminal, in columns: it is to be read, not processed. */
const widthWithoutTerminal = 80;

/**
 * Prints the columns of a table, and what each seems to be.
 *
 * @param given the options that were given, which stay in the command
 * @returns the error to end with, which has the command to import the table
 */
export async function proposeTable(
  path: string,
  shownPath: string,
  file: string,
  given: TableArguments & { format?: string },
  { stdout, command }: Pick<Cli, "stdout" | "command">,
): Promise<ArgumentError> {
  const { columnRoles, printedVectors, proposeColumns } = await import("../../import/table/proposal.js");
  const known = Object.fromEntries(
    columnRoles.flatMap((role) => (given[role] === undefined ? [] : [[role, given[role]]])),
  );
  const { columns, notShown, roles, numbered } = await proposeColumns(path, shownPath, known);
  if (given.vectors !== undefined) delete roles.vector;
  const rows = columns.map(({ name, role, example }) => [printable(name), role, printable(example)]);
  if (notShown > 0) rows.push([`… and ${number(notShown)} more`, "metadata", ""]);
  stdout.write(fittedTable(proposalColumns, rows, outputWidth(stdout, widthWithoutTerminal)));
  if (roles.text === undefined) {
    return new ArgumentError(
      `Nothing was imported: no column of ${shownPath} seems to hold texts. Name it with --text.`,
    );
  }
  const { vectors, embeddingModel, dataset = file === "-" ? "NAME" : undefined } = given;
  const hasVectors = roles.vector !== undefined || vectors !== undefined;
  const words = importWords(file, {
    ...given,
    ...roles,
    vector: roles.vector,
    dataset,
    embeddingModel: hasVectors ? embeddingModel : undefined,
  });
  const lacks: string[] = [];
  if (!hasVectors && numbered) {
    const pattern = JSON.stringify(`^${numbered.prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\d+$`);
    lacks.push(
      `The columns ${printable(numbered.shown)} seem to hold vectors, one number each. Write them as one column of lists, for example in pandas: table["vector"] = table.filter(regex=${pattern}).values.tolist(), and save the table as Parquet.`,
    );
  } else if (!hasVectors && columns.some(({ role }) => role === printedVectors)) {
    lacks.push(
      "Vectors as Python prints them cannot be read: save the table as Parquet, or write each vector by json.dumps([float(x) for x in vector]).",
    );
  } else if (!hasVectors) {
    lacks.push(
      "No column seems to hold vectors: texts can be clustered only with them, so add --vector COLUMN, or --vectors FILE.",
    );
  }
  if (roles.id === undefined && roles.run === undefined) {
    lacks.push(
      "No column seems to hold ids: name one with --id, or rows are recognised by their number and content.",
    );
  }
  return new ArgumentError(
    `Nothing was imported yet.${lacks.map((lack) => ` ${lack}`).join("")} To import the table, run this command, changed as needed:\n\n  ${command(...words)}\n`,
  );
}
