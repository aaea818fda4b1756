import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import { RunFileError, type RunSource } from "../runSource.js";
import { SkippedTally } from "../skippedTally.js";
import { openParquet } from "../table/parquetRows.js";
import { panicTdaDatabase } from "./database.js";
import { ofElixir, type PanicTdaTable } from "./layout.js";
import { PromptIds } from "./promptIds.js";
import { sourceOf } from "./source.js";
import { fillStagedTable, stagedTables } from "./stagedTable.js";
import { reasons } from "./survey.js";

/**
 * The runs of a dump of panic-tda: a directory of Parquet files, named after the tables. The rows of one run may
 * be anywhere in these files, so they are first copied into temporary tables of SQLite in the layout of a
 * database of panic-tda, which is then read like such a database. SQLite stores these tables in a file that it
 * removes when it opens it, where the system permits that: nothing is left behind even if the process is killed.
 *
 * @param reporter of the progress of copying
 * @throws RunFileError if there is no `runs.parquet`, or a file cannot be read
 */
export async function panicTdaDumpSource(
  directory: string,
  reporter: Pick<TaskReporter, "report">,
): Promise<RunSource> {
  const { tables, leftBehind } = ofElixir;
  const fileOf = (table: string) => join(directory, `${table}.parquet`);
  if (!existsSync(fileOf(tables.run))) {
    throw new RunFileError(
      `${directory} is a directory without ${tables.run}.parquet, so it is not a dump of panic-tda. Of other directories, import the files one by one.`,
    );
  }
  const connection = new Database(":memory:");
  try {
    connection.exec("PRAGMA temp_store = FILE"); // libsql's default is to hold temporary tables in memory
    const leftOut = new SkippedTally();
    const prompts = new PromptIds(connection);
    const columns = new Map<PanicTdaTable, Set<string>>();
    for (const [at, table] of stagedTables.entries()) {
      const staged = await fillStagedTable(connection, table, fileOf(tables[table]), {
        isLeftOut: (row) => prompts.leavesOut(table, row, leftOut),
        report: (share) => reporter.report((at + share) / stagedTables.length),
      });
      columns.set(table, staged);
    }
    for (const { table, what } of leftBehind) {
      if (!existsSync(fileOf(table))) continue;
      const rows = await openParquet(fileOf(table), fileOf(table), [], { withMetadata: false });
      leftOut.add(what, reasons.leftBehind, `${table}.parquet`, rows.rowCount ?? 0);
      await rows.close();
    }
    const found = {
      layout: ofElixir,
      hasColumn: (table: PanicTdaTable, column: string) => columns.get(table)!.has(column),
    };
    const source = sourceOf(panicTdaDatabase(connection, found, { path: directory, refuseChanges() {} }));
    return {
      ...source,
      survey(skipped, surveyReporter) {
        skipped.addAll(leftOut);
        return source.survey(skipped, surveyReporter);
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}
