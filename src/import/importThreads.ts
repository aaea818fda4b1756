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
import { RunFileError } from "./runSource.js";

const program = readThreadProgram(new URL("./importTasks.bundle.js", import.meta.url), import.meta.url);

/** Where an import records: in a database, or through the API of a running server. */
export type ImportDestination = Pick<App, "database"> | { server: ServerAddress };

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
}

/**
 * Opens threads that read a foreign file and record its runs, because both would block the calling thread.
 */
export function openImportThreads(database: Pick<Database, "openThreads">): DatabaseThreads {
  return database.openThreads(program, [RunFileError]);
}

/** Opens threads that read a foreign file and have a server record its runs. */
function openServerImportThreads({ url }: ServerAddress): DatabaseThreads {
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
  const server = "server" in destination ? destination.server : undefined;
  const threads =
    "server" in destination
      ? openServerImportThreads(destination.server)
      : openImportThreads(destination.database);
  try {
    const message: ImportMessage<Input> = { input, importedFile, server };
    return await threads.run(task, message, options);
  } finally {
    await threads.close();
  }
}
