import { v7 as newUuid } from "uuid";
import { RecordConflictError } from "../errors/bulkErrors.js";
import type {
  NewEmbedding,
  NewInvocation,
  NewRun,
  RecordingStore,
  StoredEmbedding,
  StoredInvocation,
  StoredModel,
  StoredPlace,
  StoredRun,
} from "./recordingStore.js";
import type { InvocationRecord, RecordedCounts, RunRecord } from "./runRecord.js";

/** A run with its path in the given input, with which the paths of its conflicts begin. */
interface PlacedRun {
  path: string[];
  record: Omit<RunRecord, "invocations">;
}

export interface PlacedInvocation {
  path: string[];
  runId: string;
  record: RecordedInvocation;
}

/**
 * "as stored" is an image that the caller knows to be equal to the stored one, so that its bytes need not be
 * read.
 */
export type RecordedInvocation = Omit<InvocationRecord, "outputImage"> & {
  outputImage: InvocationRecord["outputImage"] | "as stored";
};

/** Numbers of rows that a recording has added. */
export interface Added extends RecordedCounts {
  imageCount: number;
  embeddingCountByModel: Map<string, number>;
}

/**
 * Records runs piece by piece within a transaction of the caller, which must roll back if a method throws.
 * Each statement that reads serves a whole piece.
 */
export interface RunRecording {
  /** @throws RecordConflictError */
  recordRuns(runs: PlacedRun[]): Promise<void>;
  /**
   * @param invocations of runs that were recorded before; those of one run are ordered by sequence number
   * @throws RecordConflictError
   */
  recordInvocations(invocations: PlacedInvocation[]): Promise<void>;
  /** Updates the models' numbers of embeddings. Nothing may be recorded afterwards. */
  finish(): Promise<Added>;
}

/** Begins a recording. With `compareOnly` it writes nothing, and counts what it would have added. */
export async function startRecording(
  store: RecordingStore,
  { compareOnly = false } = {},
): Promise<RunRecording> {
  const models = byKey(await store.models(), ({ name }) => name);
  const newRuns = new Set<string>();
  const newInvocations = new Set<string>();
  /** All invocations that were given so far, by id: to detect duplicates and to find inputs. */
  const given = new Map<string, { runId: string; sequenceNumber: number }>();
  /** The last invocation of each run that was given so far. */
  const lastGiven = new Map<string, { id: string; sequenceNumber: number }>();
  const givenRuns = new Set<string>();
  const givenPlaces = new Set<string>();
  const givenEmbeddings = new Set<string>();
  const added: Added = {
    runCount: 0,
    invocationCount: 0,
    embeddingCount: 0,
    imageCount: 0,
    embeddingCountByModel: new Map(),
  };

  async function recordRuns(runs: PlacedRun[]): Promise<void> {
    const stored = byKey(await store.runs(runs.map(({ record }) => record.id)), ({ id }) => id);
    const newOnes: NewRun[] = [];
    for (const { path, record } of runs) {
      if (givenRuns.has(record.id)) throw givenTwice([...path, "id"], record.id);
      givenRuns.add(record.id);
      const existing = stored.get(record.id);
      if (existing) {
        compareRun(path, record, existing);
        continue;
      }
      newRuns.add(record.id);
      added.runCount++;
      const { id, network, initialPrompt, seed, maxLength } = record;
      newOnes.push({ id, network: JSON.stringify(network), initialPrompt, seed, maxLength, createdAt: 0 });
    }
    if (compareOnly || newOnes.length === 0) return;
    // Later than every existing run, so that the order "newest first" is the reverse of the order of
    // recording.
    const createdAt = Math.max(Date.now(), ((await store.newestRun()) ?? -1) + 1);
    for (const [index, run] of newOnes.entries()) run.createdAt = createdAt + index;
    await store.insertRuns(newOnes);
  }

  async function recordInvocations(invocations: PlacedInvocation[]): Promise<void> {
    const stored = byKey(await store.invocations(invocations.map(({ record }) => record.id)), ({ id }) => id);
    const newOnes = invocations.filter(({ record }) => !stored.has(record.id));
    await refuseTakenPlaces(newOnes);
    const inputs = await storedInputs(newOnes);
    const before = await storedBefore(newOnes);
    const withStoredImage: PlacedInvocation[] = [];
    const inserted: NewInvocation[] = [];
    for (const placed of invocations) {
      const { path, runId, record } = placed;
      const place = placeOf(placed.runId, record.sequenceNumber);
      if (given.has(record.id)) throw givenTwice([...path, "id"], record.id);
      if (givenPlaces.has(place)) throw givenTwice([...path, "sequenceNumber"], record.sequenceNumber);
      const existing = stored.get(record.id);
      if (existing) {
        compareInvocation(placed, existing);
        if (typeof record.outputImage === "object" && record.outputImage) withStoredImage.push(placed);
      } else {
        refuseForeignInput(
          placed,
          record.inputInvocationId ? inputs.get(record.inputInvocationId) : undefined,
        );
        inserted.push(newInvocation(placed, before.get(place)));
      }
      given.set(record.id, { runId, sequenceNumber: record.sequenceNumber });
      givenPlaces.add(place);
      lastGiven.set(runId, { id: record.id, sequenceNumber: record.sequenceNumber });
    }
    if (!compareOnly && inserted.length > 0) await store.insertInvocations(inserted);
    await compareImages(withStoredImage);
    await recordEmbeddings(invocations);
  }

  /** Refuses a new invocation whose sequence number another invocation of the run has. */
  async function refuseTakenPlaces(invocations: PlacedInvocation[]): Promise<void> {
    const candidates = invocations.filter(({ runId }) => !newRuns.has(runId));
    if (candidates.length === 0) return;
    const taken = byKey(
      await store.invocationsAt(
        candidates.map(({ runId, record }) => ({ runId, sequenceNumber: record.sequenceNumber })),
      ),
      (row) => placeOf(row.runId, row.sequenceNumber),
    );
    for (const { path, runId, record } of candidates) {
      const other = taken.get(placeOf(runId, record.sequenceNumber));
      if (!other || given.has(other.id)) continue;
      throw new RecordConflictError(
        [...path, "id"],
        `must be Invocation:${other.id}, which the run holds at sequence number ${record.sequenceNumber}.`,
        shown(record.id),
      );
    }
  }

  /** The stored invocations that new ones name as their input and that were not given in this recording. */
  async function storedInputs(invocations: PlacedInvocation[]): Promise<Map<string, StoredPlace>> {
    const ids = invocations
      .map(({ record }) => record.inputInvocationId)
      .filter((id): id is string => !!id && !given.has(id));
    return byKey(ids.length === 0 ? [] : await store.invocationPlaces(ids), ({ id }) => id);
  }

  /** The stored invocations that precede new ones without an explicit input, by the new one's place. */
  async function storedBefore(invocations: PlacedInvocation[]): Promise<Map<string, StoredPlace>> {
    const places = invocations
      .filter(({ runId, record }) => record.inputInvocationId === undefined && !newRuns.has(runId))
      .map(({ runId, record }) => ({ runId, sequenceNumber: record.sequenceNumber }));
    const rows = places.length === 0 ? [] : await store.invocationsBefore(places);
    return new Map(rows.map(({ place, before }) => [placeOf(place.runId, place.sequenceNumber), before]));
  }

  function refuseForeignInput({ path, runId, record }: PlacedInvocation, storedInput?: StoredPlace): void {
    if (!record.inputInvocationId) return;
    const input = given.get(record.inputInvocationId) ?? storedInput;
    if (input?.runId === runId && input.sequenceNumber < record.sequenceNumber) return;
    throw new RecordConflictError(
      [...path, "inputId"],
      "must be an invocation of the same run with a lower sequence number.",
      shown(record.inputInvocationId),
    );
  }

  /** @param stored the stored invocation that precedes it in its run */
  function newInvocation(
    { runId, record }: PlacedInvocation,
    stored: { id: string; sequenceNumber: number } | undefined,
  ): NewInvocation {
    newInvocations.add(record.id);
    added.invocationCount++;
    const image = record.outputImage;
    if (image === "as stored") throw new Error(`Invocation ${record.id} has no stored image`);
    if (image) added.imageCount++;
    let before = lastGiven.get(runId);
    if (stored && !(before && before.sequenceNumber > stored.sequenceNumber)) before = stored;
    const { id, sequenceNumber, model, type, seed, outputText, startedAt, completedAt } = record;
    const inputInvocationId =
      record.inputInvocationId === undefined ? (before?.id ?? null) : record.inputInvocationId;
    return {
      ...{ id, runId, sequenceNumber, model, type, seed, inputInvocationId, outputText },
      ...{ startedAt, completedAt, outputImage: image },
    };
  }

  async function compareImages(invocations: PlacedInvocation[]): Promise<void> {
    if (invocations.length === 0) return;
    const byId = byKey(invocations, ({ record }) => record.id);
    for (const { invocationId, bytes } of await store.images([...byId.keys()])) {
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

  async function recordEmbeddings(invocations: PlacedInvocation[]): Promise<void> {
    const placed = [];
    for (const { path, record } of invocations) {
      for (const [index, embedding] of record.embeddings.entries()) {
        const pathOfIt = [...path, "embeddings", String(index)];
        const { embeddingModel, vector } = embedding;
        const model =
          knownModel(embeddingModel, vector.length, pathOfIt) ??
          (await newModel(embeddingModel, vector.length, pathOfIt));
        placed.push({ path: pathOfIt, invocationId: record.id, record: embedding, model });
      }
    }
    if (placed.length === 0) return;
    const stored = byKey(await store.embeddings(placed.map(({ record }) => record.id)), ({ id }) => id);
    const candidates = placed.filter(
      ({ record, invocationId }) => !stored.has(record.id) && !newInvocations.has(invocationId),
    );
    const taken = byKey(
      candidates.length === 0
        ? []
        : await store.embeddingsOf(
            candidates.map(({ invocationId, model }) => ({ invocationId, embeddingModelId: model.id })),
          ),
      (row) => `${row.invocationId} ${row.embeddingModelId}`,
    );
    const inserted: NewEmbedding[] = [];
    for (const { path, invocationId, record, model } of placed) {
      const place = `${invocationId} ${model.id}`;
      if (givenEmbeddings.has(record.id)) throw givenTwice([...path, "id"], record.id);
      if (givenEmbeddings.has(place)) throw givenTwice([...path, "embeddingModel"], record.embeddingModel);
      givenEmbeddings.add(record.id).add(place);
      const existing = stored.get(record.id);
      const vector = bytesOf(record.vector);
      if (existing) {
        compareEmbedding(path, record.id, existing, invocationId, model);
        if (vector.equals(existing.vector)) continue;
        throw new RecordConflictError(
          [...path, "vector"],
          "is recorded with other numbers.",
          shown([...record.vector.subarray(0, 8)]),
        );
      }
      const other = taken.get(place);
      if (other) {
        throw new RecordConflictError(
          [...path, "id"],
          `must be Embedding:${other.id}, which the invocation has for this embedding model.`,
          shown(record.id),
        );
      }
      added.embeddingCount++;
      const { embeddingModel: name } = record;
      added.embeddingCountByModel.set(name, (added.embeddingCountByModel.get(name) ?? 0) + 1);
      inserted.push({ id: record.id, invocationId, embeddingModelId: model.id, vector });
    }
    if (!compareOnly && inserted.length > 0) await store.insertEmbeddings(inserted);
  }

  /** The model of that name, whose dimensions must be those of the vector; undefined if it does not exist. */
  function knownModel(name: string, dimensions: number, path: string[]): StoredModel | undefined {
    const known = models.get(name);
    if (!known || known.dimensions === dimensions) return known;
    throw new RecordConflictError(
      [...path, "vector"],
      `has ${dimensions} dimensions, and the embedding model ${JSON.stringify(name)} has ${known.dimensions}.`,
      `${dimensions} numbers`,
    );
  }

  /** Creates a model when its first vector is recorded, with that vector's dimensions. */
  async function newModel(name: string, dimensions: number, path: string[]): Promise<StoredModel> {
    const model = { id: newUuid(), name, dimensions };
    models.set(name, compareOnly ? model : await store.insertModel(model));
    return knownModel(name, dimensions, path)!;
  }

  async function finish(): Promise<Added> {
    const counts = new Map<string, number>();
    for (const [name, count] of added.embeddingCountByModel) counts.set(models.get(name)!.id, count);
    if (!compareOnly && counts.size > 0) await store.addToModels(counts);
    return added;
  }

  return { recordRuns, recordInvocations, finish };
}

function compareRun(path: string[], record: PlacedRun["record"], stored: StoredRun): void {
  compare([...path, "network"], JSON.stringify(record.network), stored.network);
  compare([...path, "initialPrompt"], record.initialPrompt, stored.initialPrompt);
  compare([...path, "seed"], record.seed, stored.seed);
  compare([...path, "maxLength"], record.maxLength, stored.maxLength);
}

function compareInvocation({ path, runId, record }: PlacedInvocation, stored: StoredInvocation): void {
  if (stored.runId !== runId) {
    throw new RecordConflictError(
      [...path, "id"],
      `is the id of an invocation of another run, Run:${stored.runId}.`,
      shown(record.id),
    );
  }
  compare([...path, "sequenceNumber"], record.sequenceNumber, stored.sequenceNumber);
  compare([...path, "model"], record.model, stored.model);
  compare([...path, "type"], record.type, stored.type);
  compare([...path, "seed"], record.seed, stored.seed);
  if (record.inputInvocationId !== undefined) {
    compare([...path, "inputId"], record.inputInvocationId, stored.inputInvocationId);
  }
  compare([...path, "outputText"], record.outputText, stored.outputText);
  if (record.outputImage !== "as stored") {
    compare([...path, "outputImage"], record.outputImage?.mediaType ?? null, stored.outputImageMediaType);
  }
  compare([...path, "startedAt"], timeOf(record.startedAt), timeOf(stored.startedAt));
  compare([...path, "completedAt"], timeOf(record.completedAt), timeOf(stored.completedAt));
}

function compareEmbedding(
  path: string[],
  id: string,
  stored: StoredEmbedding,
  invocationId: string,
  model: StoredModel,
): void {
  if (stored.invocationId === invocationId && stored.embeddingModelId === model.id) return;
  throw new RecordConflictError(
    [...path, "id"],
    `is the id of another embedding, of Invocation:${stored.invocationId}.`,
    shown(id),
  );
}

function compare(
  path: string[],
  givenValue: string | number | bigint | null,
  stored: string | number | bigint | null,
): void {
  if (givenValue === stored) return;
  throw new RecordConflictError(path, `is recorded as ${shown(stored)}.`, shown(givenValue));
}

function givenTwice(path: string[], value: string | number): RecordConflictError {
  return new RecordConflictError(path, "is given twice.", shown(value));
}

/** A value as a conflict quotes it: JSON, cut to 100 characters. */
function shown(value: unknown): string {
  const text = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

const bytesOf = (vector: Float32Array) =>
  Buffer.from(vector.buffer as ArrayBuffer, vector.byteOffset, vector.byteLength);

const timeOf = (time: Date | null) => time?.toISOString() ?? null;

const placeOf = (runId: string, sequenceNumber: number) => `${runId} ${sequenceNumber}`;

function byKey<T>(rows: T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}
