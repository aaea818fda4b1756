/** Where an import reads its runs from; the runs that it records refer to it, so that the import can be undone. */
export interface ImportedFile {
  /** Bare UUID. Imports with the same id are one import that continues. */
  id: string;
  /** As users see it: an absolute path, or "standard input". */
  path: string;
}
