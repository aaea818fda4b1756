import type { Database } from "../database/database.js";
import type { DatabaseThreads } from "../database/threads/databaseThreads.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import { RunFileError } from "./runSource.js";

const program = readThreadProgram(new URL("./importTasks.bundle.js", import.meta.url), import.meta.url);

/**
 * Opens threads that read a foreign file and record its runs, because both would block the calling thread.
 */
export function openImportThreads(database: Pick<Database, "openThreads">): DatabaseThreads {
  return database.openThreads(program, [RunFileError]);
}
