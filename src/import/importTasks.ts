// Runs on a database thread: the tasks that the importers start by name.
import { statSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { readDatabaseUrl } from "../database/databaseUrl.js";
import { postgresTarget } from "../database/postgres/importTarget.js";
import { postgresTasks } from "../database/postgres/postgresTasks.js";
import type { ImportTarget } from "../database/recording/importTarget.js";
import { sqliteTarget } from "../database/sqlite/importTarget.js";
import { lateSqliteTasks } from "../database/sqlite/sqliteTasks.js";
import type { DatabaseThreadData } from "../database/threads/databaseThreads.js";
import { withStopSignal } from "../database/threads/stopSignal.js";
import { taskOutcome } from "../database/threads/taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../database/threads/taskReporter.js";
import { serveTasks } from "../database/threads/taskThread.js";
import { ServerError } from "../remote/serverError.js";
import { importRuns } from "./importRuns.js";
import type { ImportMessage } from "./importThreads.js";
import { missingTarget } from "./missingTarget.js";
import { importPanicTdaDump } from "./panicTda/importDump.js";
import { panicTdaSource } from "./panicTda/source.js";
import { RunFileError } from "./runSource.js";
import { serverTarget } from "./server/serverTarget.js";
import type { TableOptions } from "./table/tableOptions.js";
import { tableSource } from "./table/tableSource.js";
import type { TraceOptions } from "./traces/traceOptions.js";
import { traceSource } from "./traces/traceSource.js";

type Work<Input, Output> = (target: ImportTarget, input: Input, reporter: TaskReporter) => Promise<Output>;

const data = workerData as DatabaseThreadData;
const errors = [RunFileError, ServerError];

function onPostgres() {
  const task = postgresTasks(data, errors);
  return <Input, Output>(work: Work<Input, Output>) =>
    task<ImportMessage<Input>, Output>((on, { input, importedFile }, reporter, signal) =>
      work(postgresTarget(on, importedFile, signal), input, reporter),
    );
}

function onSqlite() {
  const task = lateSqliteTasks(data, errors);
  return <Input, Output>(work: Work<Input, Output>) =>
    task<ImportMessage<Input>, Output>(async (open, { input, importedFile, created }, reporter) => {
      let opened: ReturnType<typeof sqliteTarget> | undefined;
      const openTarget = () => {
        opened = sqliteTarget(open(), importedFile);
        return opened;
      };
      try {
        const target = created ? missingTarget(created, reporter, openTarget) : openTarget();
        return await work(target, input, reporter);
      } finally {
        opened?.close();
      }
    });
}

function onServer() {
  return <Input, Output>(work: Work<Input, Output>) =>
    ({ input: { input, server }, channel }: { input: ImportMessage<Input>; channel: TaskChannel }) =>
      withStopSignal(channel, (signal) =>
        taskOutcome(() => work(serverTarget(server!, signal), input, taskReporter(channel)), errors),
      );
}

/** Wraps work on what the thread records in, a database or a server, as a task; the tasks share connections. */
const importTask = /^https?:/.test(data.url)
  ? onServer()
  : readDatabaseUrl(data.url).kind === "postgresql"
    ? onPostgres()
    : onSqlite();

serveTasks({
  importPanicTda: importTask(async (target, path: string, reporter) =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory()
      ? importPanicTdaDump(target, path, reporter)
      : importRuns(target, panicTdaSource(path), reporter),
  ),
  importTable: importTask(async (target, options: TableOptions, reporter) =>
    importRuns(target, await tableSource(options), reporter),
  ),
  importTraces: importTask(async (target, options: TraceOptions, reporter) =>
    importRuns(target, await traceSource(options), reporter),
  ),
});
