import { extname } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { type ExportFormat, exportFormats } from "../../export/exportedFile.js";
import { ArgumentError } from "../process.js";

/** The value of --out that stands for standard output. */
export const standardOutput = "-";

const endings: Partial<Record<string, ExportFormat>> = {
  ".parquet": "PARQUET",
  ".csv": "CSV",
  ".jsonl": "JSONL",
  ".ndjson": "JSONL",
};

/** Where the rows of a file go, and how they are written. */
export interface ExportOptions {
  format?: ExportFormat;
  out: string;
}

export const formatOption = (): Option =>
  choice(
    "--format <name>",
    `${namesOf(exportFormats)} (default: by the ending of FILE; parquet for standard output)`,
    [...exportFormats],
  );

export const outOption = (): Option =>
  new Option(
    "--out <FILE>",
    "the file to write, which replaces an existing one when it is complete; - for standard output",
  ).default(standardOutput);

/**
 * The format that was chosen, or else the one that the ending of the file's name stands for.
 * @throws ArgumentError if there is none, or if it is not text and would be written to a terminal
 */
export function chosenFormat({ format, out }: ExportOptions, stdout: { isTTY?: boolean }): ExportFormat {
  const isToStandardOutput = out === standardOutput;
  const chosen = format ?? (isToStandardOutput ? "PARQUET" : formatOf(out));
  if (isToStandardOutput && chosen === "PARQUET" && stdout.isTTY) {
    throw new ArgumentError("Parquet is not text for a terminal. Add --out FILE, or --format csv.");
  }
  return chosen;
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

/** The names of an enum's values as the command line spells them. */
function namesOf(values: readonly string[]): string {
  return values.map((value) => value.toLowerCase()).join(", ");
}

/** An option for one of these values of an enum, in upper or lower case. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const value = text.toUpperCase();
    if (!values.includes(value)) throw new InvalidArgumentError(`It must be one of ${namesOf(values)}.`);
    return value;
  });
  option.argChoices = values.map((value) => value.toLowerCase());
  return option;
}
