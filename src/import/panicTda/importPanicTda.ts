import type { App } from "../../app.js";
import type { BulkOptions } from "../../database/bulkStore.js";
import type { ImportReport } from "../importReport.js";
import { openImportThreads } from "../importThreads.js";

/**
 * Imports a database of ANUcybernetics/panic-tda (Python era), of any size, run by run. Run again it adds
 * what is new; so does a second try after a stop, or after a crash, which leave whole runs only.
 * @param path of the SQLite file, which is only read
 * @throws RunFileError where the file cannot be read as such a database; the signal's reason once it aborts.
 */
export async function importPanicTda(
  { database }: Pick<App, "database">,
  path: string,
  options?: BulkOptions,
): Promise<ImportReport> {
  const threads = openImportThreads(database);
  try {
    return await threads.run("importPanicTda", path, options);
  } finally {
    await threads.close();
  }
}
