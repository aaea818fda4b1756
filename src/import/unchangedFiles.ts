import { statSync } from "node:fs";
import { RunFileError } from "./runSource.js";

/** @returns a function that throws RunFileError if one of the files was written to since */
export function unchangedFiles(files: { path: string; shownPath: string }[]): () => void {
  const state = (path: string) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return `${stats?.size} ${stats?.mtimeMs} ${stats?.ino}`;
  };
  const opened = files.map(({ path }) => state(path));
  return () => {
    const changed = files.find(({ path }, at) => state(path) !== opened[at]);
    if (changed) {
      throw new RunFileError(`${changed.shownPath} was changed while it was imported. Import it again.`);
    }
  };
}
