import { statSync } from "node:fs";
import type { App } from "../../app.js";
import type { BulkOptions } from "../../database/bulkStore.js";
import type { RecordedCounts } from "../../database/recording/runRecord.js";
import { type InputIssue, InvalidInputError } from "../../resolvers/errors.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { recordTrajectories } from "../../resolvers/recording/recordTrajectories.js";
import { mostInvocations, type RunInput } from "../../resolvers/recording/runInput.js";
import { type TextLine, textLines } from "./textLines.js";

/** The reason why a file of runs was not read to its end. The runs in the lines before have been recorded. */
export class RunLinesError extends Error {
  override readonly name = "RunLinesError";
  constructor(
    message: string,
    /** The number of the line, from 1; null if the error concerns the file as a whole. */
    readonly line: number | null,
    /** The errors in the line's run: the path within the run, and the message. */
    readonly issues: InputIssue[] = [],
  ) {
    super(message);
  }
}

export interface RunLinesReport {
  /** Number of lines that contained a run. */
  lines: number;
  /** Counts of the rows that were new. */
  taken: RecordedCounts;
  /** Counts of the rows that had been recorded before and are identical. */
  alreadyThere: RecordedCounts;
}

/** Limits of what is recorded together, chosen so that a thread is blocked only briefly. */
const linesPerBatch = 200;
const charactersPerBatch = 8 * 2 ** 20;

interface Line {
  number: number;
  run: RunInput;
}

/**
 * Records a file of runs, with one RunInput of the API as JSON per line, through the same use case as the
 * mutation recordTrajectories. Importing it again adds only what is new.
 *
 * @param path of a file that may be compressed by gzip
 * @throws RunLinesError at the first invalid line; the signal's reason if it is aborted. Every run before
 *   that has been recorded completely
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
      // A later line may add to a run of an earlier one, but not in the same recording.
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
  if (!stats.isFile()) throw new RunLinesError(`${path} is not a file.`, null);
  return stats.size;
}

function parsedRun(path: string, { number, text }: TextLine): RunInput {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new RunLinesError(`${path}, line ${number}: it is not valid JSON: ${reason}.`, number);
  }
}

/** The same text for every spelling of a run's id; null if the id is not valid. */
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
    return new RunLinesError(`${path}, line ${line}: it is not UTF-8.`, line);
  }
  // Errors of the file system and of gzip have system error codes; any other error, including Node's ERR_
  // codes, is a bug and is thrown unchanged.
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
