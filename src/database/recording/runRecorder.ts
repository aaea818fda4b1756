import { byKey } from "./byKey.js";
import type { PlacedRun } from "./placedRecords.js";
import { givenTwice, requireEqual } from "./recordConflicts.js";
import type { NewRun, RecordingStore, StoredRun } from "./recordingStore.js";

/** Records the runs of one recording, without their invocations. */
export class RunRecorder {
  readonly #given = new Set<string>();
  readonly #new = new Set<string>();

  constructor(
    private readonly store: RecordingStore,
    private readonly compareOnly: boolean,
  ) {}

  /** The number of runs that were not stored before. */
  get added(): number {
    return this.#new.size;
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
      inserted.push({ id, network, initialPrompt, seed, maxLength, metadata, createdAt: 0 });
    }
    if (this.compareOnly || inserted.length === 0) return;
    // Later than every existing run, so that the order "newest first" is the reverse of the order of
    // recording.
    const createdAt = Math.max(Date.now(), ((await this.store.newestRun()) ?? -1) + 1);
    for (const [index, run] of inserted.entries()) run.createdAt = createdAt + index;
    await this.store.insertRuns(inserted);
  }
}

function requireEqualRun(path: string[], record: PlacedRun["record"], stored: StoredRun): void {
  requireEqual([...path, "network"], JSON.stringify(record.network), stored.network);
  requireEqual([...path, "initialPrompt"], record.initialPrompt, stored.initialPrompt);
  requireEqual([...path, "seed"], record.seed, stored.seed);
  requireEqual([...path, "maxLength"], record.maxLength, stored.maxLength);
  requireEqual([...path, "metadata"], record.metadata, stored.metadata);
}
