import type { App } from "../app.js";
import type { BulkOptions } from "../database/bulkStore.js";
import type { Database } from "../database/database.js";
import type { ImportedFile } from "../database/recording/importedFile.js";
import type { DatabaseThreads } from "../database/threads/databaseThreads.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import { importedFileOf } from "./importedFile.js";
import type { ImportReport } from "./importReport.js";
import { RunFileError } from "./runSource.js";

const program = readThreadProgram(new URL("./importTasks.bundle.js", import.meta.url), import.meta.url);

export interface ImportOptions extends BulkOptions {
  /** The origin of the runs, for `medoid delete-runs`. Default: the file at the path that is imported. */
  importedFile?: ImportedFile;
}

/** What a task of importTasks.ts receives. */
export interface ImportMessage<Input> {
  input: Input;
  importedFile: ImportedFile;
}

/**
 * Opens threads that read a foreign file and record its runs, because both would block the calling thread.
 */
export function openImportThreads(database: Pick<Database, "openThreads">): DatabaseThreads {
  return database.openThreads(program, [RunFileError]);
}

/**
 * Runs a task of importTasks.ts on the file or directory at `path`.
 *
 * @throws RunFileError; the signal's reason if it is aborted
 */
export async function runImport<Input>(
  { database }: Pick<App, "database">,
  task: string,
  path: string,
  input: Input,
  { importedFile = importedFileOf(path), ...options }: ImportOptions = {},
): Promise<ImportReport> {
  const threads = openImportThreads(database);
  try {
    const message: ImportMessage<Input> = { input, importedFile };
    return await threads.run(task, message, options);
  } finally {
    await threads.close();
  }
}
