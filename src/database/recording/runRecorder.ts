import { byKey } from "./byKey.js";
import { requireEqualMetadata } from "./equalMetadata.js";
import type { ImportedFile } from "./importedFile.js";
import type { PlacedRun } from "./placedRecords.js";
import { givenTwice, requireEqual, requireEqualJson } from "./recordConflicts.js";
import type { NewRun, RecordingStore, StoredRun } from "./recordingStore.js";

/** Records the runs of one recording, without their invocations. */
export class RunRecorder {
  readonly #given = new Set<string>();
  readonly #new = new Set<string>();
  #shared = 0;

  /** @param importedFile the file that the runs come from; null if they come through the API */
  constructor(
    private readonly store: RecordingStore,
    private readonly compareOnly: boolean,
    private readonly importedFile: ImportedFile | null,
  ) {}

  /** The number of runs that were not stored before. */
  get added(): number {
    return this.#new.size;
  }

  /** The number of stored runs of other origin that become known as shared. */
  get shared(): number {
    return this.#shared;
  }

  /** Whether the run was not stored before this recording. */
  isNew(id: string): boolean {
    return this.#new.has(id);
  }

  /** @throws RecordConflictError */
  async record(runs: PlacedRun[]): Promise<void> {
    const stored = byKey(await this.store.runs(runs.map(({ record }) => record.id)), ({ id }) => id);
    const inserted: NewRun[] = [];
    for (const { path, record } of runs) {
      if (this.#given.has(record.id)) throw givenTwice([...path, "id"], record.id);
      this.#given.add(record.id);
      const existing = stored.get(record.id);
      if (existing) {
        requireEqualRun(path, record, existing);
        continue;
      }
      this.#new.add(record.id);
      const { id, initialPrompt, seed, maxLength, metadata } = record;
      const network = JSON.stringify(record.network);
      const importedFileId = this.importedFile?.id ?? null;
      inserted.push({ id, network, initialPrompt, seed, maxLength, metadata, importedFileId, createdAt: 0 });
    }
    await this.#share([...stored.values()]);
    if (this.compareOnly || inserted.length === 0) return;
    if (this.importedFile) await this.store.insertImportedFile(this.importedFile);
    // Later than every existing run, so that the order "newest first" is the reverse of the order of
    // recording.
    const createdAt = Math.max(Date.now(), ((await this.store.newestRun()) ?? -1) + 1);
    for (const [index, run] of inserted.entries()) run.createdAt = createdAt + index;
    await this.store.insertRuns(inserted);
  }

  /** Runs that have another origin too must stay when one import is undone. */
  async #share(stored: StoredRun[]): Promise<void> {
    const { importedFile, store } = this;
    const origin = importedFile?.id ?? null;
    let ids = stored.filter(({ importedFileId }) => importedFileId !== origin).map(({ id }) => id);
    if (ids.length > 0 && importedFile) {
      const known = new Set(await store.sharedRuns(ids, importedFile.id));
      ids = ids.filter((id) => !known.has(id));
    }
    this.#shared += ids.length;
    if (this.compareOnly || ids.length === 0) return;
    if (!importedFile) return store.disownRuns(ids);
    await store.insertImportedFile(importedFile);
    await store.shareRuns(ids, importedFile.id);
  }
}

function requireEqualRun(path: string[], record: PlacedRun["record"], stored: StoredRun): void {
  requireEqualJson([...path, "network"], JSON.stringify(record.network), stored.network);
  requireEqual([...path, "initialPrompt"], record.initialPrompt, stored.initialPrompt);
  requireEqual([...path, "seed"], record.seed, stored.seed);
  requireEqual([...path, "maxLength"], record.maxLength, stored.maxLength);
  requireEqualMetadata([...path, "metadata"], record.metadata, stored.metadata);
}
