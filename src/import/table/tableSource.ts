import { RunFileError, type RunSource } from "../runSource.js";
import { unchangedFiles } from "../unchangedFiles.js";
import { groupedRuns } from "./groupedRuns.js";
import { openTable } from "./openTable.js";
import { requireColumns } from "./requireColumns.js";
import { openRowSort } from "./rowSort.js";
import { openRowStore } from "./rowStore.js";
import { type ColumnsOfRows, type RowFault, rowValues } from "./rowValues.js";
import { singleRuns } from "./singleRuns.js";
import type { TableOptions } from "./tableOptions.js";
import { cell, shownCell, type TableReader, type TableRow } from "./tableReader.js";
import type { RowRecording, UsableRow } from "./usableRow.js";
import { holdsVectors, shareOfVectors } from "./vectorColumns.js";
import { openVectorFile, type VectorFile } from "./vectorFile.js";
import { reasonsOfOtherValues, recordableVector } from "./vectorValue.js";

/** Number of the first vectors of a table whose most frequent length becomes the length of all. */
const vectorsMeasured = 1000;

/** Share of the survey in the duration of an import, as measured, if it reads the whole table. */
const wholeSurveyShare = 0.6;

/** Number of rows after which the survey reports its progress. */
const rowsPerReport = 500;

/**
 * The rows of a table as runs: each a run of its own with one invocation or, with a column of runs, each an
 * invocation of the run that the column names.
 *
 * Nothing is recorded before the survey has found that the file is whole: it reads text files to their end,
 * and the directory of a Parquet file. What it reads of a text file is put into a temporary file, so that the text is
 * not parsed twice; with a column of runs the rows are sorted there by run.
 *
 * @throws RunFileError if the table cannot be read, or lacks a column that is named
 */
export async function tableSource(options: TableOptions): Promise<RunSource> {
  const used = usedColumns(options);
  const table = await openTable(options.path, options.shownPath, used, options.vector);
  try {
    requireColumns(table, used, options.shownPath);
    const vectors =
      options.vectors === undefined ? null : openVectorFile(options.vectors, options.dimensions);
    return sourceOf(table, vectors, options, used);
  } catch (error) {
    await table.close();
    throw error;
  }
}

function usedColumns({ text, vector, id, run, step, model, prompt }: TableOptions): string[] {
  return [text, vector, id, run, step, model, prompt].filter((column) => column !== undefined);
}

function sourceOf(
  table: TableReader,
  vectors: VectorFile | null,
  options: TableOptions,
  used: string[],
): RunSource {
  const { shownPath, embeddingModel = "" } = options;
  const vectorFile =
    options.vectors === undefined ? [] : [{ path: options.vectors, shownPath: options.vectors }];
  const refuseChanges = unchangedFiles([{ path: options.path, shownPath }, ...vectorFile]);
  const columns: ColumnsOfRows = {
    /** A column that had no value in the first rows is judged by the first one that it has. */
    contentOf(column, value) {
      if (column !== options.vector && used.includes(column)) return "other";
      if ((table.vectorShares.get(column) ?? "unknown") === "unknown" && !table.notMetadata.has(column)) {
        const share = shareOfVectors([value]);
        table.vectorShares.set(column, share);
        if (share === "all" || share === "most") table.notMetadata.set(column, holdsVectors);
      }
      if (column === options.vector) return "vectors";
      const reason = table.notMetadata.get(column);
      return reason === undefined ? "metadata" : reason === holdsVectors ? "vectors" : "other";
    },
    // Versions that recognised only columns of nothing but vectors took these for metadata.
    mayHaveBeenMetadata: (column) => /^(?:most|few)$/.test(table.vectorShares.get(column) ?? ""),
  };
  const sort = options.run === undefined ? null : openRowSort();
  const store = sort || table.rowCount !== null ? null : openRowStore();
  let unreadable: RunFileError | undefined;
  const recording: RowRecording = {
    embeddingModel,
    dimensions: vectors?.dimensions ?? 0,
    isVectorColumn: (column) => column === options.vector || table.notMetadata.get(column) === holdsVectors,
  };

  /**
   * @param vectorOf reads the vector of the row
   * @returns the reason if the row cannot be recorded
   */
  function usableRow(row: TableRow, vectorOf: (row: TableRow) => UsableRow["vector"]): UsableRow | RowFault {
    const values = rowValues(row, options, columns);
    return "reason" in values ? values : { number: row.number, values, vector: vectorOf(row) };
  }

  const vectorAt = vectors ? ({ number }: TableRow) => vectorOfFile(vectors, number) : vectorIn;

  function vectorIn(row: TableRow): UsableRow["vector"] {
    if (options.vector === undefined) return null;
    const vector = recordableVector(cell(row, options.vector));
    if (vector instanceof Float32Array) return vector;
    return { reason: vector.reason, example: shownCell(row, options.vector, vector.number) };
  }

  /** Ends before the first row that cannot be read, so that the rows before are recorded, or counted as left out. */
  async function* usableRows(): AsyncGenerator<UsableRow | RowFault> {
    unreadable = undefined;
    try {
      yield* readRows();
    } catch (error) {
      if (!(error instanceof RunFileError)) throw error;
      unreadable = error;
    }
  }

  async function* readRows(): AsyncGenerator<UsableRow | RowFault> {
    if (!store) {
      for await (const row of table.rows()) yield usableRow(row, vectorAt);
      return;
    }
    for (const row of store.rows()) {
      if (vectors && !("reason" in row)) row.vector = vectorOfFile(vectors, row.number);
      yield row;
    }
  }

  return {
    surveyShare: sort || store ? wholeSurveyShare : undefined,
    async survey(skipped, reporter) {
      const vectorLengths = new VectorLengths();
      let rows = 0;
      for await (const row of table.rows()) {
        rows++;
        if (rows % rowsPerReport === 0) reporter.report(table.shareRead());
        if (vectors && rows > vectors.count) break;
        if (!sort && !store) {
          if (options.vector === undefined || vectorLengths.isComplete) break;
          vectorLengths.add(vectorIn(row));
          continue;
        }
        // Vectors that are in a file of their own need not be stored once more.
        const usable = usableRow(row, store ? vectorIn : vectorAt);
        if (!("reason" in usable)) vectorLengths.add(usable.vector);
        if (store) store.add(row.number, usable);
        else if ("reason" in usable) skipped.add("row", usable.reason, usable.example);
        else sort?.add(usable);
      }
      const count = table.rowCount ?? rows;
      if (count === 0) throw new RunFileError(`${shownPath} has no rows.`);
      if (vectors && vectors.count !== count) {
        const ofTable = rows > vectors.count && table.rowCount === null ? "more" : String(count);
        throw new RunFileError(
          `${options.vectors} has ${vectors.count} vectors, but ${shownPath} has ${ofTable} rows: the vectors must be those of the rows, in the same order.`,
        );
      }
      if (!vectors) recording.dimensions = vectorLengths.mostFrequent();
      if (vectorLengths.otherValue && recording.dimensions === 0) {
        const { reason, example } = vectorLengths.otherValue;
        throw new RunFileError(
          `${shownPath} has no vector in its column ${JSON.stringify(options.vector)}: ${reason} (${example}).`,
        );
      }
      sort?.finish();
      store?.finish();
      for (const [column, reason] of table.notMetadata) {
        if (!used.includes(column)) skipped.add("column", reason, column);
      }
      return count;
    },
    useDimensions(dimensions) {
      const recorded = dimensions.get(embeddingModel);
      if (recorded === undefined) return;
      if (recording.dimensions > 0 && recorded !== recording.dimensions) {
        throw new RunFileError(
          `${options.vectors ?? shownPath} has vectors of ${recording.dimensions} numbers, but those that are recorded of the embedding model ${JSON.stringify(embeddingModel)} have ${recorded}. Give another name with --embedding-model.`,
        );
      }
      recording.dimensions = recorded;
    },
    runs: () =>
      sort ? groupedRuns(sort, recording, options) : singleRuns(usableRows(), recording, options.dataset),
    unreadable: () => unreadable,
    refuseChanges,
    async close() {
      sort?.close();
      store?.close();
      vectors?.close();
      await table.close();
    },
  };
}

/** @param row the number of the row, from 1 */
function vectorOfFile(vectors: VectorFile, row: number): UsableRow["vector"] {
  const vector = recordableVector(vectors.vector(row - 1));
  if (vector instanceof Float32Array) return vector;
  const { reason, number } = vector;
  return { reason, example: `row ${row}${number === undefined ? "" : `: ${number}`}` };
}

/** Finds the most frequent length of the first vectors of a table. */
class VectorLengths {
  /** The first value that is not a vector at all; undefined if there is none. */
  otherValue: RowFault | undefined;
  readonly #counts = new Map<number, number>();
  #measured = 0;

  get isComplete(): boolean {
    return this.#measured >= vectorsMeasured;
  }

  /** Values that are no vectors have no length. */
  add(vector: UsableRow["vector"]): void {
    if (this.isComplete || vector === null) return;
    if (!(vector instanceof Float32Array)) {
      if (reasonsOfOtherValues.has(vector.reason)) this.otherValue ??= vector;
      return;
    }
    this.#measured++;
    this.#counts.set(vector.length, (this.#counts.get(vector.length) ?? 0) + 1);
  }

  /** The first of several that are equally frequent; 0 if there are no vectors. */
  mostFrequent(): number {
    let [length, most] = [0, 0];
    for (const [other, count] of this.#counts) if (count > most) [length, most] = [other, count];
    return length;
  }
}
