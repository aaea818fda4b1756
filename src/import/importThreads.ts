import type { Database } from "../database/database.js";
import type { DatabaseThreads } from "../database/threads/databaseThreads.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import { RunFileError } from "./runSource.js";

const program = readThreadProgram(new URL("./importTasks.bundle.js", import.meta.url), import.meta.url);

/** Threads that read a foreign file and record its runs: both would block the thread that asks. */
export function openImportThreads(database: Pick<Database, "openThreads">): DatabaseThreads {
  return database.openThreads(program, [RunFileError]);
}
