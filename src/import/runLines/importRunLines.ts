import { statSync } from "node:fs";
import type { Database } from "../../database/database.js";
import { RecordConflictError } from "../../database/errors/bulkErrors.js";
import type { RunRecord } from "../../database/recording/runRecord.js";
import type { Added } from "../../database/recording/runRecording.js";
import { type InputIssue, shortenedQuotation } from "../../resolvers/errors.js";
import { mostInvocations, type RunInput, readRunInputs } from "../../resolvers/recording/runInput.js";
import { conflictReason } from "../conflictReason.js";
import { fileChunks } from "../fileChunks.js";
import { fileFormat } from "../fileFormat.js";
import { noCounts } from "../importCounts.js";
import { importedFileOf } from "../importedFile.js";
import type { ImportCounts, ImportReport } from "../importReport.js";
import { ImportTally } from "../importTally.js";
import type { ImportDestination, ImportOptions } from "../importThreads.js";
import { parts } from "../parts.js";
import { RunRefusedError } from "../runRefusedError.js";
import { RunFileError } from "../runSource.js";
import { importApi } from "../server/importApi.js";
import { recordRuns } from "../server/recordRuns.js";
import { cutExample, SkippedTally } from "../skippedTally.js";
import { refuseSpreadJson } from "../spreadJson.js";
import { repeatedField } from "../table/repeatedField.js";
import { unreadable } from "../table/unreadable.js";
import { type TextLine, textLines } from "./textLines.js";
import { writtenAt } from "./writtenAt.js";

/** Limits of what is recorded together, chosen so that a thread is blocked only briefly. */
const linesPerBatch = 200;
const charactersPerBatch = 8 * 2 ** 20;

interface Line {
  number: number;
  run: RunRecord;
}

/** Why a line is left out: a reason that many lines may share, and the details of this one. */
interface LineFault {
  reason: string;
  example: string;
}

/**
 * Records a file of runs, with one RunInput of the API as JSON per line, under the same rules as the mutation
 * recordTrajectories. A line that is not valid, or differs from what is recorded, is left out as a whole.
 * Importing the file again adds only what is new. A compressed file is first read to its end, so that nothing is
 * recorded of one that is cut off.
 *
 * @param path of a file that may be compressed by gzip
 * @returns what was recorded: if the file cannot be read further, of the lines before
 * @throws RunFileError if the file cannot be read and nothing of it is recorded; ServerError; the signal's reason if it is
 *   aborted. Runs in the lines before may have been recorded, each completely
 */
export async function importRunLines(
  destination: ImportDestination,
  path: string,
  { signal, onProgress, importedFile = importedFileOf(path) }: ImportOptions = {},
): Promise<ImportReport> {
  const size = fileSize(path);
  refuseSpreadJson(path, path);
  await requireWhole(path, signal);
  const recordTogether = recorder(destination, { signal, importedFile });
  const tally = new ImportTally();
  const skipped = new SkippedTally();

  /** Records lines together or, if one of them cannot be recorded, in parts. */
  async function record(batch: Line[]): Promise<void> {
    if (batch.length === 0) return;
    signal?.throwIfAborted();
    try {
      const runs = batch.map(({ run }) => run);
      tally.add(countsOf(runs), await recordTogether(runs));
    } catch (error) {
      if (!(error instanceof RecordConflictError || error instanceof RunRefusedError)) throw error;
      if (batch.length > 1) for (const part of parts(batch)) await record(part);
      else leaveOut(fault(batch[0].number, error));
    }
  }
  const leaveOut = ({ reason, example }: LineFault) => skipped.add("run", reason, example);

  let batch: Line[] = [];
  let ids = new Set<string>();
  let characters = 0;
  let invocations = 0;
  const flush = async () => {
    const full = batch;
    batch = [];
    ids = new Set();
    characters = 0;
    invocations = 0;
    await record(full);
  };
  let unreadableFile: RunFileError | undefined;
  try {
    for await (const line of textLines(path)) {
      signal?.throwIfAborted();
      if (line.text?.trim() === "") continue;
      const run = runOf(line);
      if ("reason" in run) {
        leaveOut(run);
        continue;
      }
      // A later line may add to a run of an earlier one, but not in the same recording.
      if (ids.has(run.id) || invocations + run.invocations.length > mostInvocations) await flush();
      batch.push({ number: line.number, run });
      ids.add(run.id);
      characters += line.text!.length;
      invocations += run.invocations.length;
      if (batch.length >= linesPerBatch || characters >= charactersPerBatch) {
        await flush();
        onProgress?.(Math.min(1, line.bytesRead / size));
      }
    }
  } catch (error) {
    const named = unreadable(error, path);
    if (!(named instanceof RunFileError)) throw named;
    unreadableFile = named;
  }
  await flush();
  if (unreadableFile && tally.isEmpty()) throw unreadableFile;
  onProgress?.(1);
  return {
    ...tally.counts(),
    skipped: skipped.entries(),
    unreadable: unreadableFile?.message,
  };
}

/** @throws RunFileError if a compressed file cannot be unpacked to its end */
async function requireWhole(path: string, signal: AbortSignal | undefined): Promise<void> {
  if (!fileFormat(path).isCompressed) return;
  try {
    for await (const _ of fileChunks(path, true)) signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(error, path);
  }
}

/** How runs are recorded, all of them or none. */
function recorder(
  destination: ImportDestination,
  options: Required<Pick<ImportOptions, "importedFile">> & Pick<ImportOptions, "signal">,
): (runs: RunRecord[]) => Promise<Added> {
  if ("server" in destination) {
    const api = importApi(destination.server, options.signal);
    return (runs) => recordRuns(api, runs);
  }
  let database: Promise<Database> | undefined;
  return async (runs) => {
    database ??= "database" in destination ? Promise.resolve(destination.database) : destination.create();
    return (await database).bulk.recordRuns(runs, options);
  };
}

function fileSize(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new RunFileError(`${path} does not exist.`);
  if (!stats.isFile()) throw new RunFileError(`${path} is not a file.`);
  if (stats.size === 0) throw new RunFileError(`${path} is empty.`);
  return stats.size;
}

function runOf({ number, text }: TextLine): RunRecord | LineFault {
  if (text === null) return { reason: "it is not UTF-8", example: `line ${number}` };
  let run: RunInput;
  try {
    run = JSON.parse(text);
  } catch (error) {
    const example = `line ${number}: ${(error as Error).message.split("\n")[0]}`;
    return { reason: "it is not valid JSON", example: cutExample(example) };
  }
  const repeated = repeatedField(text, run);
  if (repeated !== undefined) {
    return {
      reason: "it has two fields of the same name",
      example: cutExample(`line ${number}: ${repeated}`),
    };
  }
  const read = readRunInputs({ runs: [run] });
  return "issues" in read ? invalid(number, text, read.issues) : read.records[0];
}

/** @param issues in the one run of an input, which is the text's */
function invalid(number: number, text: string, [first, ...others]: InputIssue[]): LineFault {
  const { path, message, value } = { ...first, path: first.path.slice(3) };
  const written = value === null ? undefined : writtenAt(text, path);
  const quoted = written === undefined ? value : shortenedQuotation(written);
  const given = quoted === null ? "" : ` Given: ${quoted}`;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return {
    // Without what differs from line to line, so that such lines are counted together.
    reason: [fieldOf(path, message), message.replace(/(, and |[.:] ).*|\.$/s, "")].filter(Boolean).join(" "),
    example: cutExample(
      `line ${number}: ${[path.join("."), message].filter(Boolean).join(" ")}${given}${more}`,
    ),
  };
}

/** The field of a RunInput, without indices and without names that only the file has. */
function fieldOf(path: string[], message: string): string {
  const isUnknown = message.startsWith("is unknown here");
  const known = isUnknown ? path.slice(0, -1) : path.slice(0, [...path, "metadata"].indexOf("metadata") + 1);
  const field = known.filter((part) => !/^\d+$/.test(part)).join(".");
  return isUnknown ? [field, "a field"].filter(Boolean).join(": ") : field;
}

function fault(number: number, error: RecordConflictError | RunRefusedError): LineFault {
  if (error instanceof RunRefusedError) return { reason: error.message, example: `line ${number}` };
  const { path, message, value } = error;
  const within = path.slice(1);
  return {
    reason: conflictReason(error).reason,
    example: cutExample(
      `line ${number}: ${within.join(".")} ${message}${value === null ? "" : ` Given: ${value}`}`,
    ),
  };
}

function countsOf(runs: RunRecord[]): ImportCounts {
  const counts = { ...noCounts(), runs: runs.length };
  for (const { invocations } of runs) {
    counts.invocations += invocations.length;
    for (const { outputImage, embeddings } of invocations) {
      if (outputImage) counts.images++;
      for (const { embeddingModel } of embeddings) {
        counts.embeddings[embeddingModel] = (counts.embeddings[embeddingModel] ?? 0) + 1;
      }
    }
  }
  return counts;
}
