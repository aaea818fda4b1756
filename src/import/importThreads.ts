import type { App } from "../app.js";
import type { BulkOptions } from "../database/bulkStore.js";
import type { Database } from "../database/database.js";
import type { ImportedFile } from "../database/recording/importedFile.js";
import { type DatabaseThreads, openDatabaseThreads } from "../database/threads/databaseThreads.js";
import type { ServerAddress } from "../remote/serverAddress.js";
import { ServerError } from "../remote/serverError.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import { importedFileOf } from "./importedFile.js";
import type { ImportReport } from "./importReport.js";
import { DatabaseState, databaseNeeded } from "./missingTarget.js";
import { RunFileError } from "./runSource.js";

const program = readThreadProgram(new URL("./importTasks.bundle.js", import.meta.url), import.meta.url);

/** A SQLite database whose file does not exist. */
interface MissingDatabase {
  /** In the form of DATABASE_URL. */
  databaseUrl: string;
  /** Creates the file, and opens it. Called once, when there is something to record. */
  create(): Promise<Database>;
}

/** Where an import records: in a database, which may have to be created, or through the API of a running server. */
export type ImportDestination = Pick<App, "database"> | MissingDatabase | { server: ServerAddress };

export interface ImportOptions extends BulkOptions {
  /**
   * The origin of the runs, for `medoid delete-runs`. Default: the file at the path that is imported. The API records
   * no origin.
   */
  importedFile?: ImportedFile;
}

/** What a task of importTasks.ts receives. */
export interface ImportMessage<Input> {
  input: Input;
  importedFile: ImportedFile;
  /** Absent: the thread's database. */
  server?: ServerAddress;
  /** If the thread's database does not exist: its state, a DatabaseState, which the thread waits for once it asks for it. */
  created?: Int32Array;
}

/**
 * Opens threads that read a foreign file and record its runs, because both would block the calling thread.
 */
export function openImportThreads(database: Pick<Database, "openThreads">): DatabaseThreads {
  return database.openThreads(program, [RunFileError]);
}

/** Opens threads that have no database yet: those of a server, or of a database that does not exist. */
function openThreadsWithout(url: string): DatabaseThreads {
  return openDatabaseThreads(program, url, { errors: [RunFileError, ServerError] });
}

/**
 * Runs a task of importTasks.ts on the file or directory at `path`.
 *
 * @throws RunFileError, ServerError; the signal's reason if it is aborted
 */
export async function runImport<Input>(
  destination: ImportDestination,
  task: string,
  path: string,
  input: Input,
  { importedFile = importedFileOf(path), ...options }: ImportOptions = {},
): Promise<ImportReport> {
  if ("database" in destination) {
    const threads = openImportThreads(destination.database);
    return runOn(threads, task, { input, importedFile }, options);
  }
  if ("server" in destination) {
    const { server } = destination;
    return runOn(openThreadsWithout(server.url), task, { input, importedFile, server }, options);
  }
  const { databaseUrl, create } = destination;
  const created = new Int32Array(new SharedArrayBuffer(4));
  let creation: Promise<unknown> | undefined;
  let failure: { reason: unknown } | undefined;
  const onProgress = (progress: unknown) => {
    if (progress !== databaseNeeded) return options.onProgress?.(progress as number);
    creation = create().then(
      () => Atomics.store(created, 0, DatabaseState.created),
      (reason: unknown) => {
        failure = { reason };
        Atomics.store(created, 0, DatabaseState.failed);
      },
    );
  };
  const message = { input, importedFile, created };
  try {
    return await runOn(openThreadsWithout(databaseUrl), task, message, { ...options, onProgress });
  } catch (error) {
    throw failure ? failure.reason : error;
  } finally {
    await creation;
  }
}

async function runOn<Input>(
  threads: DatabaseThreads,
  task: string,
  message: ImportMessage<Input>,
  options: BulkOptions,
): Promise<ImportReport> {
  try {
    return await threads.run(task, message, options);
  } finally {
    await threads.close();
  }
}
