import type { Awaitable } from "../awaitable.js";
import type { ImportedFile } from "./importedFile.js";
import type { InvocationRecord } from "./runRecord.js";

/**
 * The reads and writes that a recording needs of a database, within a transaction that sees its own writes.
 * Reads return the rows that exist among those requested, in any order.
 */
export interface RecordingStore {
  models(): Awaitable<StoredModel[]>;
  /** @returns the model of that name: another one if another transaction has just inserted it */
  insertModel(model: StoredModel): Awaitable<StoredModel>;
  /** @param counts by id of the model */
  addToModels(counts: Map<string, number>): Awaitable<void>;

  runs(ids: string[]): Awaitable<StoredRun[]>;
  /** The latest time of a run, in milliseconds since 1970; null if there are no runs. */
  newestRun(): Awaitable<number | null>;
  insertRuns(runs: NewRun[]): Awaitable<void>;
  /** Inserts the file unless it is stored already. */
  insertImportedFile(file: ImportedFile): Awaitable<void>;
  /** Which of the runs are stored as shared by the file. */
  sharedRuns(runIds: string[], importedFileId: string): Awaitable<string[]>;
  /** Stores that the file contains these runs too, which were not recorded by importing it. */
  shareRuns(runIds: string[], importedFileId: string): Awaitable<void>;
  /** Makes these runs, which imports recorded, shared by their files, so that no import owns them any more. */
  disownRuns(runIds: string[]): Awaitable<void>;

  invocations(ids: string[]): Awaitable<StoredInvocation[]>;
  invocationPlaces(ids: string[]): Awaitable<StoredPlace[]>;
  invocationsAt(places: Place[]): Awaitable<StoredPlace[]>;
  /** For each place, the invocation of its run with the greatest sequence number below the place's. */
  invocationsBefore(places: Place[]): Awaitable<{ place: Place; before: StoredPlace }[]>;
  /** Inserts invocations together with their images. */
  insertInvocations(invocations: NewInvocation[]): Awaitable<void>;
  images(invocationIds: string[]): Awaitable<{ invocationId: string; bytes: Buffer }[]>;

  embeddings(ids: string[]): Awaitable<StoredEmbedding[]>;
  embeddingsOf(places: EmbeddingPlace[]): Awaitable<(EmbeddingPlace & { id: string })[]>;
  /** The embeddings of the invocations, of all models. */
  embeddingPlaces(invocationIds: string[]): Awaitable<EmbeddingPlace[]>;
  insertEmbeddings(embeddings: NewEmbedding[]): Awaitable<void>;
}

export interface StoredModel {
  id: string;
  name: string;
  dimensions: number;
}

export interface StoredRun {
  id: string;
  /** JSON array of the models' names. */
  network: string;
  initialPrompt: string;
  seed: bigint | null;
  maxLength: number | null;
  metadata: string | null;
  /** The file whose import recorded it; null if it was recorded through the API. */
  importedFileId: string | null;
}

export interface NewRun extends StoredRun {
  /** Milliseconds since 1970. */
  createdAt: number;
}

export interface Place {
  runId: string;
  sequenceNumber: number;
}

export interface StoredPlace extends Place {
  id: string;
}

export interface StoredInvocation extends StoredPlace {
  model: string;
  type: string;
  seed: bigint | null;
  inputInvocationId: string | null;
  outputText: string | null;
  outputImageMediaType: string | null;
  startedAt: Date | null;
  completedAt: Date | null;
  externalId: string | null;
  metadata: string | null;
}

export interface NewInvocation extends Omit<StoredInvocation, "outputImageMediaType"> {
  outputImage: InvocationRecord["outputImage"];
}

export interface EmbeddingPlace {
  invocationId: string;
  embeddingModelId: string;
}

export interface StoredEmbedding extends EmbeddingPlace {
  id: string;
  vector: Uint8Array;
}

export type NewEmbedding = StoredEmbedding;
