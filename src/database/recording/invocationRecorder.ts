import { RecordConflictError } from "../errors/bulkErrors.js";
import { byKey } from "./byKey.js";
import { requireEqualMetadata } from "./equalMetadata.js";
import type { PlacedInvocation } from "./placedRecords.js";
import { givenTwice, requireEqual, shown } from "./recordConflicts.js";
import type {
  NewInvocation,
  Place,
  RecordingStore,
  StoredInvocation,
  StoredPlace,
} from "./recordingStore.js";
import type { InvocationRecord } from "./runRecord.js";

/** Records the invocations of one recording with their images, without their embeddings. */
export class InvocationRecorder {
  /** All invocations that were given so far, by id: to detect duplicates and to find inputs. */
  readonly #given = new Map<string, Place>();
  readonly #givenPlaces = new Set<string>();
  /** The last invocation of each run that was given so far. */
  readonly #lastGiven = new Map<string, StoredPlace>();
  readonly #new = new Set<string>();
  #images = 0;

  constructor(
    private readonly store: RecordingStore,
    private readonly compareOnly: boolean,
    private readonly isNewRun: (id: string) => boolean,
  ) {}

  /** The number of invocations that were not stored before. */
  get added(): number {
    return this.#new.size;
  }

  /** The number of images that were not stored before. */
  get addedImages(): number {
    return this.#images;
  }

  /** Whether the invocation was not stored before this recording. */
  isNew(id: string): boolean {
    return this.#new.has(id);
  }

  /**
   * @param invocations those of one run are ordered by sequence number
   * @throws RecordConflictError
   */
  async record(invocations: PlacedInvocation[]): Promise<void> {
    const ids = invocations.map(({ record }) => record.id);
    const stored = byKey(await this.store.invocations(ids), ({ id }) => id);
    const newOnes = invocations.filter(({ record }) => !stored.has(record.id));
    await this.#refuseTakenPlaces(newOnes);
    const inputs = await this.#storedInputs(newOnes);
    const before = await this.#storedBefore(newOnes);
    const withStoredImage: PlacedInvocation[] = [];
    const inserted: NewInvocation[] = [];
    for (const placed of invocations) {
      const { path, runId, record } = placed;
      const { id, sequenceNumber, inputInvocationId } = record;
      const place = keyOf({ runId, sequenceNumber });
      if (this.#given.has(id)) throw givenTwice([...path, "id"], id);
      if (this.#givenPlaces.has(place)) throw givenTwice([...path, "sequenceNumber"], sequenceNumber);
      const existing = stored.get(id);
      if (existing) {
        requireEqualInvocation(placed, existing);
        if (typeof record.outputImage === "object" && record.outputImage) withStoredImage.push(placed);
      } else {
        if (inputInvocationId) this.#requireEarlierInput(placed, inputs.get(inputInvocationId));
        inserted.push(this.#newInvocation(placed, before.get(place)));
      }
      this.#given.set(id, { runId, sequenceNumber });
      this.#givenPlaces.add(place);
      this.#lastGiven.set(runId, { id, runId, sequenceNumber });
    }
    if (!this.compareOnly && inserted.length > 0) await this.store.insertInvocations(inserted);
    await this.#requireEqualImages(withStoredImage);
  }

  /** Refuses a new invocation whose sequence number another invocation of the run has. */
  async #refuseTakenPlaces(invocations: PlacedInvocation[]): Promise<void> {
    const candidates = invocations.filter(({ runId }) => !this.isNewRun(runId));
    if (candidates.length === 0) return;
    const taken = byKey(await this.store.invocationsAt(candidates.map(placeOf)), keyOf);
    for (const placed of candidates) {
      const { path, record } = placed;
      const other = taken.get(keyOf(placeOf(placed)));
      if (!other || this.#given.has(other.id)) continue;
      throw new RecordConflictError(
        [...path, "id"],
        `must be Invocation:${other.id}, which the run holds at sequence number ${record.sequenceNumber}.`,
        shown(record.id),
      );
    }
  }

  /** The stored invocations that new ones name as their input and that were not given in this recording. */
  async #storedInputs(invocations: PlacedInvocation[]): Promise<Map<string, StoredPlace>> {
    const ids = invocations
      .map(({ record }) => record.inputInvocationId)
      .filter((id): id is string => !!id && !this.#given.has(id));
    return byKey(ids.length === 0 ? [] : await this.store.invocationPlaces(ids), ({ id }) => id);
  }

  /** The stored invocations that precede new ones without an explicit input, by the new one's place. */
  async #storedBefore(invocations: PlacedInvocation[]): Promise<Map<string, StoredPlace>> {
    const places = invocations
      .filter(({ runId, record }) => record.inputInvocationId === undefined && !this.isNewRun(runId))
      .map(placeOf);
    const rows = places.length === 0 ? [] : await this.store.invocationsBefore(places);
    return new Map(rows.map(({ place, before }) => [keyOf(place), before]));
  }

  #requireEarlierInput({ path, runId, record }: PlacedInvocation, stored: StoredPlace | undefined): void {
    const input = this.#given.get(record.inputInvocationId!) ?? stored;
    if (input?.runId === runId && input.sequenceNumber < record.sequenceNumber) return;
    throw new RecordConflictError(
      [...path, "inputId"],
      "must be an invocation of the same run with a lower sequence number.",
      shown(record.inputInvocationId),
    );
  }

  /** @param stored the stored invocation that precedes it in its run */
  #newInvocation({ runId, record }: PlacedInvocation, stored: StoredPlace | undefined): NewInvocation {
    this.#new.add(record.id);
    const { inputInvocationId, outputImage, embeddings: _, formerMetadata: __, ...columns } = record;
    if (outputImage === "as stored") throw new Error(`Invocation ${record.id} has no stored image`);
    if (outputImage) this.#images++;
    let before = this.#lastGiven.get(runId);
    if (stored && !(before && before.sequenceNumber > stored.sequenceNumber)) before = stored;
    return {
      ...columns,
      runId,
      outputImage,
      inputInvocationId: inputInvocationId === undefined ? (before?.id ?? null) : inputInvocationId,
    };
  }

  async #requireEqualImages(invocations: PlacedInvocation[]): Promise<void> {
    if (invocations.length === 0) return;
    const byId = byKey(invocations, ({ record }) => record.id);
    for (const { invocationId, bytes } of await this.store.images([...byId.keys()])) {
      const { path, record } = byId.get(invocationId)!;
      const image = record.outputImage as NonNullable<InvocationRecord["outputImage"]>;
      if (bytes.equals(image.bytes)) continue;
      throw new RecordConflictError(
        [...path, "outputImage"],
        `is recorded with other bytes (${bytes.length}, not ${image.bytes.length}).`,
        image.mediaType,
      );
    }
  }
}

function requireEqualInvocation({ path, runId, record }: PlacedInvocation, stored: StoredInvocation): void {
  if (stored.runId !== runId) {
    throw new RecordConflictError(
      [...path, "id"],
      `is the id of an invocation of another run, Run:${stored.runId}.`,
      shown(record.id),
    );
  }
  requireEqual([...path, "sequenceNumber"], record.sequenceNumber, stored.sequenceNumber);
  requireEqual([...path, "model"], record.model, stored.model);
  requireEqual([...path, "type"], record.type, stored.type);
  requireEqual([...path, "seed"], record.seed, stored.seed);
  if (record.inputInvocationId !== undefined) {
    requireEqual([...path, "inputId"], record.inputInvocationId, stored.inputInvocationId);
  }
  requireEqual([...path, "outputText"], record.outputText, stored.outputText);
  if (record.outputImage !== "as stored") {
    requireEqual(
      [...path, "outputImage"],
      record.outputImage?.mediaType ?? null,
      stored.outputImageMediaType,
    );
  }
  requireEqual([...path, "startedAt"], timeOf(record.startedAt), timeOf(stored.startedAt));
  requireEqual([...path, "completedAt"], timeOf(record.completedAt), timeOf(stored.completedAt));
  requireEqual([...path, "externalId"], record.externalId, stored.externalId);
  requireEqualMetadata([...path, "metadata"], record.metadata, stored.metadata, record.formerMetadata);
}

const timeOf = (time: Date | null) => time?.toISOString() ?? null;

function placeOf({ runId, record }: PlacedInvocation): Place {
  return { runId, sequenceNumber: record.sequenceNumber };
}

const keyOf = ({ runId, sequenceNumber }: Place) => `${runId} ${sequenceNumber}`;
