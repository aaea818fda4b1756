import { statSync } from "node:fs";
import type { App } from "../../app.js";
import type { BulkOptions } from "../../database/bulkStore.js";
import type { RecordedCounts } from "../../database/recording/runRecord.js";
import { type InputIssue, InvalidInputError } from "../../resolvers/errors.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { recordTrajectories } from "../../resolvers/recording/recordTrajectories.js";
import { mostInvocations, type RunInput } from "../../resolvers/recording/runInput.js";
import { type TextLine, textLines } from "./textLines.js";

/** Why a file of runs was not read to its end. What stands before the line was recorded. */
export class RunLinesError extends Error {
  override readonly name = "RunLinesError";
  constructor(
    message: string,
    /** From 1; null where it is the file as a whole. */
    readonly line: number | null,
    /** Where within the line's run, and what. */
    readonly issues: InputIssue[] = [],
  ) {
    super(message);
  }
}

export interface RunLinesReport {
  /** How many lines held a run. */
  lines: number;
  /** How much was new. */
  taken: RecordedCounts;
  /** How much had been recorded before, and is the same. */
  alreadyThere: RecordedCounts;
}

/** How much is recorded at a time: as much of both as a thread takes within a moment. */
const linesPerBatch = 200;
const charactersPerBatch = 8 * 2 ** 20;

interface Line {
  number: number;
  run: RunInput;
}

/**
 * Records a file of runs, one RunInput of the API as JSON a line, through the same use case as
 * recordTrajectories. Run again it adds what is new.
 * @param path of a file that may be compressed by gzip
 * @throws RunLinesError at the first line that is wrong; the signal's reason once it aborts. Every run
 *   before that has been recorded, and whole.
 */
export async function importRunLines(
  app: Pick<App, "database">,
  path: string,
  { signal, onProgress }: BulkOptions = {},
): Promise<RunLinesReport> {
  const size = fileSize(path);
  const report: RunLinesReport = { lines: 0, taken: noCounts(), alreadyThere: noCounts() };

  async function record(batch: Line[]): Promise<void> {
    if (batch.length === 0) return;
    signal?.throwIfAborted();
    const recorded = await recordTrajectories(app, { runs: batch.map(({ run }) => run) });
    if (recorded instanceof InvalidInputError) {
      const at = Math.min(...recorded.issues.map(({ path }) => Number(path[2])));
      await record(batch.slice(0, at));
      throw invalidLine(
        path,
        batch[at].number,
        recorded.issues.filter((issue) => Number(issue.path[2]) === at),
      );
    }
    const given = countsOf(batch);
    report.lines += batch.length;
    for (const count of ["runCount", "invocationCount", "embeddingCount"] as const) {
      report.taken[count] += recorded[count];
      report.alreadyThere[count] += given[count] - recorded[count];
    }
  }

  let batch: Line[] = [];
  let ids = new Set<string>();
  let characters = 0;
  let invocations = 0;
  let linesRead = 0;
  const flush = async () => {
    const full = batch;
    batch = [];
    ids = new Set();
    characters = 0;
    invocations = 0;
    await record(full);
  };
  try {
    for await (const line of textLines(path)) {
      signal?.throwIfAborted();
      linesRead = line.number;
      if (line.text.trim() === "") continue;
      const run = parsedRun(path, line);
      // A run may grow from line to line, but not within what is recorded together.
      const id = canonicalId(run);
      const invocationsHere = Array.isArray(run?.invocations) ? run.invocations.length : 0;
      if ((id !== null && ids.has(id)) || invocations + invocationsHere > mostInvocations) await flush();
      batch.push({ number: line.number, run });
      if (id !== null) ids.add(id);
      characters += line.text.length;
      invocations += invocationsHere;
      if (batch.length >= linesPerBatch || characters >= charactersPerBatch) {
        await flush();
        onProgress?.(Math.min(1, line.bytesRead / size));
      }
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    await flush();
    if (error instanceof RunLinesError) throw error;
    throw unreadable(path, linesRead + 1, error);
  }
  await flush();
  onProgress?.(1);
  return report;
}

function fileSize(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new RunLinesError(`${path} does not exist.`, null);
  if (!stats.isFile()) throw new RunLinesError(`${path} is no file.`, null);
  return stats.size;
}

function parsedRun(path: string, { number, text }: TextLine): RunInput {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new RunLinesError(`${path}, line ${number}: is no JSON: ${reason}.`, number);
  }
}

/** One for all spellings of a run's id; null where it is no id. */
function canonicalId(run: RunInput | null): string | null {
  const id: unknown = run?.id;
  const parsed = typeof id === "string" ? parseIdOf("Run", id) : null;
  return parsed && "uuid" in parsed ? parsed.uuid : null;
}

function invalidLine(path: string, line: number, issues: InputIssue[]): RunLinesError {
  const within = issues.map((issue) => ({ ...issue, path: issue.path.slice(3) }));
  const [first] = within;
  const where = first.path.length > 0 ? ` ${first.path.join(".")}:` : "";
  const more = within.length > 1 ? ` (and ${within.length - 1} more)` : "";
  const value = first.value === null ? "" : ` Given: ${first.value}`;
  return new RunLinesError(`${path}, line ${line}:${where} ${first.message}${value}${more}`, line, within);
}

function unreadable(path: string, line: number, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new RunLinesError(`${path}, line ${line}: is not UTF-8.`, line);
  }
  // Errors of the file system and of gzip have a code of the system; anything else, Node's ERR_ too, is a fault of ours.
  return code && /^(E(?!RR_)|Z_)[A-Z_]+$/.test(code)
    ? new RunLinesError(`${path} cannot be read: ${message}.`, null)
    : error;
}

function noCounts(): RecordedCounts {
  return { runCount: 0, invocationCount: 0, embeddingCount: 0 };
}

function countsOf(batch: Line[]): RecordedCounts {
  const invocations = batch.flatMap(({ run }) => run.invocations);
  return {
    runCount: batch.length,
    invocationCount: invocations.length,
    embeddingCount: invocations.reduce((count, { embeddings }) => count + (embeddings?.length ?? 0), 0),
  };
}
