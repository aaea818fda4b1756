import { v7 as newUuid } from "uuid";
import { RecordConflictError } from "../bulkErrors.js";
import type { InvocationRecord, RecordedCounts, RunRecord } from "../runRecord.js";
import { type Connection, sqliteDateTime } from "./connection.js";
import { type RecordingStatements, recordingStatements } from "./recordingStatements.js";

/** A run, and where it stands in what was given: the start of the path of its conflicts. */
export interface PlacedRun {
  path: string[];
  record: Omit<RunRecord, "invocations">;
}

export interface PlacedInvocation {
  path: string[];
  runId: string;
  record: RecordedInvocation;
}

/** "as stored": an image that the caller knows to be the stored one, so that its bytes need not be read. */
export type RecordedInvocation = Omit<InvocationRecord, "outputImage"> & {
  outputImage: InvocationRecord["outputImage"] | "as stored";
};

/** What a recording has added. */
export interface Added extends RecordedCounts {
  imageCount: number;
  embeddingCountByModel: Map<string, number>;
}

/**
 * Records runs piece by piece inside a transaction of the caller's, which must roll back where it throws.
 * Every statement that reads serves a whole piece.
 */
export interface RunRecording {
  /** @throws RecordConflictError */
  recordRuns(runs: PlacedRun[]): void;
  /**
   * @param invocations of runs that were recorded before, those of one run by sequence number.
   * @throws RecordConflictError
   */
  recordInvocations(invocations: PlacedInvocation[]): void;
  /** Brings the models' counts up to date; nothing may be recorded after. */
  finish(): Added;
}

interface Model {
  id: string;
  dimensions: number;
}

interface StoredInvocation {
  id: string;
  runId: string;
  sequenceNumber: number;
  model: string;
  type: string;
  seed: bigint | null;
  inputInvocationId: string | null;
  outputText: string | null;
  outputImageMediaType: string | null;
  startedAt: string | null;
  completedAt: string | null;
}

interface StoredEmbedding {
  id: string;
  invocationId: string;
  embeddingModelId: string;
  /** Not a Buffer: so libsql gives bytes in rows that are objects. */
  vector: ArrayBuffer;
}

/** Begins a recording. With `compareOnly` it writes nothing, and counts what it would have added. */
export function startRecording(connection: Connection, { compareOnly = false } = {}): RunRecording {
  const statements = recordingStatements(connection);
  const models = storedModels(statements);
  const newRuns = new Set<string>();
  const newInvocations = new Set<string>();
  /** Of everything given so far, to find what is given twice and to find inputs: id → run and number. */
  const given = new Map<string, { runId: string; sequenceNumber: number }>();
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

  function recordRuns(runs: PlacedRun[]): void {
    const stored = byKey(
      statements.runs.all([jsonOf(runs.map(({ record }) => record.id))]) as StoredRun[],
      (run) => run.id,
    );
    let createdAt: number | undefined;
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
      if (compareOnly) continue;
      // Later than every run so far, so that newest first is the order of recording, reversed.
      createdAt = createdAt === undefined ? nextCreatedAt(statements) : createdAt + 1;
      statements.insertRun.run([
        record.id,
        JSON.stringify(record.network),
        record.initialPrompt,
        record.seed,
        record.maxLength,
        sqliteDateTime(new Date(createdAt)),
      ]);
    }
  }

  function recordInvocations(invocations: PlacedInvocation[]): void {
    const stored = byKey(
      statements.invocations.all([jsonOf(invocations.map(({ record }) => record.id))]) as StoredInvocation[],
      (invocation) => invocation.id,
    );
    refuseTakenPlaces(invocations.filter(({ record }) => !stored.has(record.id)));
    const inputs = storedInputs(invocations, stored);
    const withStoredImage: PlacedInvocation[] = [];
    for (const placed of invocations) {
      const { path, runId, record } = placed;
      const place = `${runId} ${record.sequenceNumber}`;
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
        addInvocation(placed);
      }
      given.set(record.id, { runId, sequenceNumber: record.sequenceNumber });
      givenPlaces.add(place);
    }
    compareImages(withStoredImage);
    recordEmbeddings(invocations);
  }

  /** A new invocation may not have a number that another one of its run has. */
  function refuseTakenPlaces(invocations: PlacedInvocation[]): void {
    const candidates = invocations.filter(({ runId }) => !newRuns.has(runId));
    if (candidates.length === 0) return;
    const taken = byKey(
      statements.invocationsAt.all([
        jsonOf(candidates.map(({ runId, record }) => [runId, record.sequenceNumber])),
      ]) as { id: string; runId: string; sequenceNumber: number }[],
      (row) => `${row.runId} ${row.sequenceNumber}`,
    );
    for (const { path, runId, record } of candidates) {
      const other = taken.get(`${runId} ${record.sequenceNumber}`);
      if (!other || given.has(other.id)) continue;
      throw new RecordConflictError(
        [...path, "id"],
        `must be Invocation:${other.id}, which the run holds at sequence number ${record.sequenceNumber}.`,
        shown(record.id),
      );
    }
  }

  /** The stored invocations that new ones name as their input and that were not given in this recording. */
  function storedInputs(invocations: PlacedInvocation[], stored: Map<string, unknown>) {
    const ids = invocations
      .filter(({ record }) => !stored.has(record.id))
      .map(({ record }) => record.inputInvocationId)
      .filter((id) => id && !given.has(id));
    const rows = ids.length === 0 ? [] : (statements.invocationPlaces.all([jsonOf(ids)]) as StoredPlace[]);
    return byKey(rows, (row) => row.id);
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

  function addInvocation({ runId, record }: PlacedInvocation): void {
    newInvocations.add(record.id);
    added.invocationCount++;
    const image = record.outputImage;
    if (image === "as stored") throw new Error(`Invocation ${record.id} has no stored image`);
    if (image) added.imageCount++;
    if (compareOnly) return;
    const isInputDefault = record.inputInvocationId === undefined;
    const insert = isInputDefault ? statements.insertInvocationAfter : statements.insertInvocation;
    insert.run([
      record.id,
      runId,
      record.sequenceNumber,
      record.model,
      record.type,
      record.seed,
      ...(isInputDefault ? [runId, record.sequenceNumber] : [record.inputInvocationId]),
      record.outputText,
      image?.mediaType ?? null,
      storedTime(record.startedAt),
      storedTime(record.completedAt),
    ]);
    if (image) statements.insertImage.run([record.id, image.bytes]);
  }

  function compareImages(invocations: PlacedInvocation[]): void {
    if (invocations.length === 0) return;
    const byId = byKey(invocations, ({ record }) => record.id);
    const rows = statements.images.all([jsonOf([...byId.keys()])]) as [string, Buffer][];
    for (const [invocationId, bytes] of rows) {
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

  function recordEmbeddings(invocations: PlacedInvocation[]): void {
    const placed = invocations.flatMap(({ path, record }) =>
      record.embeddings.map((embedding, index) => ({
        path: [...path, "embeddings", String(index)],
        invocationId: record.id,
        record: embedding,
        model: modelOf(embedding.embeddingModel, embedding.vector.length, [
          ...path,
          "embeddings",
          String(index),
          "vector",
        ]),
      })),
    );
    if (placed.length === 0) return;
    const stored = byKey(
      statements.embeddings.all([jsonOf(placed.map(({ record }) => record.id))]) as StoredEmbedding[],
      (embedding) => embedding.id,
    );
    const candidates = placed.filter(
      ({ record, invocationId }) => !stored.has(record.id) && !newInvocations.has(invocationId),
    );
    const taken = byKey(
      candidates.length === 0
        ? []
        : (statements.embeddingsOf.all([
            jsonOf(candidates.map(({ invocationId, model }) => [invocationId, model.id])),
          ]) as Omit<StoredEmbedding, "vector">[]),
      (row) => `${row.invocationId} ${row.embeddingModelId}`,
    );
    for (const { path, invocationId, record, model } of placed) {
      const place = `${invocationId} ${model.id}`;
      if (givenEmbeddings.has(record.id)) throw givenTwice([...path, "id"], record.id);
      if (givenEmbeddings.has(place)) throw givenTwice([...path, "embeddingModel"], record.embeddingModel);
      givenEmbeddings.add(record.id).add(place);
      const existing = stored.get(record.id);
      const bytes = bytesOf(record.vector);
      if (existing) {
        compareEmbedding(path, record.id, existing, invocationId, model);
        if (bytes.equals(new Uint8Array(existing.vector))) continue;
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
      if (!compareOnly) statements.insertEmbedding.run([record.id, invocationId, model.id, bytes]);
    }
  }

  /** The model of that name: made at first sight, with the dimensions of the vector that showed it. */
  function modelOf(name: string, dimensions: number, path: string[]): Model {
    const known = models.get(name);
    if (known?.dimensions === dimensions) return known;
    if (known) {
      throw new RecordConflictError(
        path,
        `has ${dimensions} dimensions, and the embedding model ${JSON.stringify(name)} has ${known.dimensions}.`,
        `${dimensions} numbers`,
      );
    }
    const model = { id: newUuid(), dimensions };
    models.set(name, model);
    if (!compareOnly) statements.insertModel.run([model.id, name, dimensions]);
    return model;
  }

  function finish(): Added {
    if (!compareOnly) {
      for (const [name, count] of added.embeddingCountByModel) {
        statements.addToModel.run([count, models.get(name)!.id]);
      }
    }
    return added;
  }

  return { recordRuns, recordInvocations, finish };
}

interface StoredRun {
  id: string;
  network: string;
  initialPrompt: string;
  seed: bigint | null;
  maxLength: bigint | null;
}

interface StoredPlace {
  id: string;
  runId: string;
  sequenceNumber: number;
}

function storedModels(statements: RecordingStatements): Map<string, Model> {
  const rows = statements.models.all([]) as (Model & { name: string })[];
  return new Map(rows.map(({ name, id, dimensions }) => [name, { id, dimensions }]));
}

function nextCreatedAt(statements: RecordingStatements): number {
  const { newest } = statements.newestRun.get([]) as { newest: string | null };
  return Math.max(Date.now(), newest === null ? 0 : Date.parse(newest) + 1);
}

function compareRun(path: string[], record: PlacedRun["record"], stored: StoredRun): void {
  compare([...path, "network"], JSON.stringify(record.network), stored.network);
  compare([...path, "initialPrompt"], record.initialPrompt, stored.initialPrompt);
  compare([...path, "seed"], record.seed, stored.seed);
  compare(
    [...path, "maxLength"],
    record.maxLength,
    stored.maxLength === null ? null : Number(stored.maxLength),
  );
}

function compareInvocation({ path, runId, record }: PlacedInvocation, stored: StoredInvocation): void {
  if (stored.runId !== runId) {
    throw new RecordConflictError(
      [...path, "id"],
      `is the id of an invocation of another run, Run:${stored.runId}.`,
      shown(record.id),
    );
  }
  compare([...path, "sequenceNumber"], record.sequenceNumber, Number(stored.sequenceNumber));
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
  compare([...path, "startedAt"], storedTime(record.startedAt), stored.startedAt);
  compare([...path, "completedAt"], storedTime(record.completedAt), stored.completedAt);
}

function compareEmbedding(
  path: string[],
  id: string,
  stored: StoredEmbedding,
  invocationId: string,
  model: Model,
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

/** A value as a conflict quotes it: JSON, at most 100 characters. */
function shown(value: unknown): string {
  const text = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

const jsonOf = (values: unknown[]) => JSON.stringify(values);

const bytesOf = (vector: Float32Array) =>
  Buffer.from(vector.buffer as ArrayBuffer, vector.byteOffset, vector.byteLength);

const storedTime = (time: Date | null) => time && sqliteDateTime(time);

function byKey<T>(rows: T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}
