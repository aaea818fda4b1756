import { type Command, Option } from "commander";
import { type ImportFormat, importFormats } from "../../import/importFormats.js";
import type { TableOptions } from "../../import/table/tableOptions.js";
import type { TraceOptions } from "../../import/traces/traceOptions.js";
import { ArgumentError } from "../process.js";
import { addNotes } from "./helpText.js";
import { type TableArguments, tableArguments } from "./importTable.js";

/** The command's options about formats and tables, as they were given. */
export type FormatArguments = TableArguments & { format?: ImportFormat };

/** A format, and what the options say about it. */
export type Chosen =
  /** Without a table, no option says what its columns mean. */
  | { format: "table"; table: Omit<TableOptions, "path" | "shownPath"> | null }
  | { format: "openinference" | "langfuse"; traces: Omit<TraceOptions, "path" | "shownPath"> }
  | { format: "runs" | "panic-tda" };

const note =
  "Traces: a session becomes a run, or else a trace. Its invocations are the calls of models in the order of their start times: OpenInference's spans of the kind LLM (CHAIN in runs without any), Langfuse's observations of the type GENERATION. An embedding in the traces belongs to the invocation of its run whose output is the text that was embedded; --vector names a field of the rows with vectors of their outputs.";

const serverNote =
  "With --server, the file is read here and recorded through the API of the server, which does not record the file as the origin of its runs: delete-runs then finds them only by their ids or external ids.";

export function addFormatOption(command: Command): void {
  const description =
    "the file's format, if it is not the recognised one: table, openinference, langfuse, runs (JSON lines) or panic-tda";
  command.addOption(new Option("--format <name>", description).choices(importFormats));
  addNotes(command, note, serverNote);
}

/** The format that the options name, or that only they can be about; undefined if the file's content decides. */
export function namedFormat({ format, ...table }: FormatArguments): ImportFormat | undefined {
  return format ?? (optionOfTables(table) ? "table" : undefined);
}

/** @throws ArgumentError if the options contradict each other or the format */
export function chosenOf(
  format: ImportFormat,
  file: string,
  { format: _, ...table }: FormatArguments,
): Chosen {
  if (format === "table") return { format, table: tableArguments(file, table) };
  const isTraces = format === "openinference" || format === "langfuse";
  const other = optionOfTables(table) ?? (isTraces ? undefined : givenOptions(table)[0]);
  if (other !== undefined) {
    const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new ArgumentError(`--${flag} is about tables, and the format is ${format}.`);
  }
  if (!isTraces) return { format };
  const { vector, embeddingModel = vector } = table;
  if (vector === undefined && embeddingModel !== undefined) {
    throw new ArgumentError("--embedding-model is about vectors: add --vector.");
  }
  if (embeddingModel?.trim() === "") throw new ArgumentError("--embedding-model must not be empty.");
  return { format, traces: { format, vector, embeddingModel } };
}

function givenOptions(table: TableArguments): string[] {
  return Object.entries(table).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** An option that is about tables, and not about traces. */
function optionOfTables(table: TableArguments): string | undefined {
  return givenOptions(table).find((name) => name !== "vector" && name !== "embeddingModel");
}
