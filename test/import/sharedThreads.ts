import type { App } from "../../src/app.js";
import { openImportThreads } from "../../src/import/importThreads.js";

/** A database of which all imports share existing threads, because starting one takes longer than an import. */
export function shareImportThreads({ database }: App): Pick<App, "database"> & { close(): Promise<void> } {
  const threads = openImportThreads(database);
  return {
    database: { ...database, openThreads: () => ({ ...threads, close: async () => {} }) },
    close: () => threads.close(),
  };
}
