import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { shareImportThreads } from "./sharedThreads.js";

/** What tests of imports share: a database, whose imports share threads, and a folder for files. */
export interface ImportFolder {
  temporary: TemporaryApp;
  importing: ReturnType<typeof shareImportThreads>;
  folder: string;
  /** Writes a file into the folder. @returns its path */
  file(name: string, content: string | Uint8Array): string;
  close(): Promise<void>;
}

export async function openImportFolder(): Promise<ImportFolder> {
  const folder = mkdtempSync(join(tmpdir(), "medoid-imports-"));
  const temporary = await openTemporaryApp();
  const importing = shareImportThreads(temporary.app);
  return {
    temporary,
    importing,
    folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    async close() {
      await importing.close();
      await temporary.close();
      rmSync(folder, { recursive: true });
    },
  };
}
