import { v7 as newUuid } from "uuid";
import { RecordConflictError } from "../errors/bulkErrors.js";
import { byKey } from "./byKey.js";
import { addEmbedded, type EmbeddedBefore } from "./embeddedBefore.js";
import type { PlacedInvocation } from "./placedRecords.js";
import { givenTwice, shown } from "./recordConflicts.js";
import type {
  EmbeddingPlace,
  NewEmbedding,
  RecordingStore,
  StoredEmbedding,
  StoredModel,
} from "./recordingStore.js";
import type { EmbeddingRecord } from "./runRecord.js";

/** An embedding with its path in the given input and the stored rows that it belongs to. */
interface PlacedEmbedding {
  path: string[];
  record: EmbeddingRecord;
  place: EmbeddingPlace;
  /** The vector as it is stored. */
  vector: Buffer;
}

/** Records the embeddings of one recording, and creates their models. */
export class EmbeddingRecorder {
  readonly #given = new Set<string>();
  readonly #addedByModel = new Map<string, number>();

  private constructor(
    private readonly store: RecordingStore,
    private readonly compareOnly: boolean,
    private readonly isNewInvocation: (id: string) => boolean,
    /** By name. */
    private readonly models: Map<string, StoredModel>,
  ) {}

  static async start(
    store: RecordingStore,
    compareOnly: boolean,
    isNewInvocation: (id: string) => boolean,
  ): Promise<EmbeddingRecorder> {
    const models = byKey(await store.models(), ({ name }) => name);
    return new EmbeddingRecorder(store, compareOnly, isNewInvocation, models);
  }

  /** The numbers of embeddings that were not stored before, by the name of their model. */
  get addedByModel(): Map<string, number> {
    return this.#addedByModel;
  }

  /** @throws RecordConflictError */
  async record(invocations: PlacedInvocation[]): Promise<void> {
    const placed = await this.#placed(invocations);
    if (placed.length === 0) return;
    const stored = byKey(await this.store.embeddings(placed.map(({ record }) => record.id)), ({ id }) => id);
    const taken = await this.#takenPlaces(placed.filter(({ record }) => !stored.has(record.id)));
    const inserted: NewEmbedding[] = [];
    for (const embedding of placed) {
      const { path, record, place, vector } = embedding;
      const key = keyOf(place);
      if (this.#given.has(record.id)) throw givenTwice([...path, "id"], record.id);
      if (this.#given.has(key)) throw givenTwice([...path, "embeddingModel"], record.embeddingModel);
      this.#given.add(record.id).add(key);
      const existing = stored.get(record.id);
      if (existing) {
        requireEqualEmbedding(embedding, existing);
        continue;
      }
      const other = taken.get(key);
      if (other) {
        throw new RecordConflictError(
          [...path, "id"],
          `must be Embedding:${other.id}, which the invocation has for this embedding model.`,
          shown(record.id),
        );
      }
      const { embeddingModel } = record;
      this.#addedByModel.set(embeddingModel, (this.#addedByModel.get(embeddingModel) ?? 0) + 1);
      inserted.push({ id: record.id, ...place, vector });
    }
    if (!this.compareOnly && inserted.length > 0) await this.store.insertEmbeddings(inserted);
  }

  /** Counts those of the invocations that have no embeddings here, but stored ones. */
  async addStored(invocations: PlacedInvocation[], embedded: EmbeddedBefore): Promise<void> {
    const ids = invocations.flatMap(({ record: { id, embeddings } }) =>
      embeddings.length === 0 && !this.isNewInvocation(id) ? [id] : [],
    );
    if (ids.length === 0) return;
    const names = new Map([...this.models.values()].map(({ id, name }) => [id, name]));
    const modelsOf = new Map<string, string[]>(ids.map((id) => [id, []]));
    for (const { invocationId, embeddingModelId } of await this.store.embeddingPlaces(ids)) {
      modelsOf.get(invocationId)!.push(names.get(embeddingModelId)!);
    }
    for (const models of modelsOf.values()) addEmbedded(embedded, models);
  }

  /** Updates the models' numbers of embeddings. */
  async finish(): Promise<void> {
    if (this.compareOnly || this.#addedByModel.size === 0) return;
    const counts = [...this.#addedByModel].map(
      ([name, count]) => [this.models.get(name)!.id, count] as const,
    );
    await this.store.addToModels(new Map(counts));
  }

  async #placed(invocations: PlacedInvocation[]): Promise<PlacedEmbedding[]> {
    const placed: PlacedEmbedding[] = [];
    for (const { path: pathOfInvocation, record: invocation } of invocations) {
      for (const [index, record] of invocation.embeddings.entries()) {
        const path = [...pathOfInvocation, "embeddings", String(index)];
        const { id: embeddingModelId } = await this.#modelOf(record, path);
        const place = { invocationId: invocation.id, embeddingModelId };
        placed.push({ path, record, place, vector: bytesOf(record.vector) });
      }
    }
    return placed;
  }

  /** The stored embeddings that have the invocation and model of a given one, by the key of both. */
  async #takenPlaces(embeddings: PlacedEmbedding[]): Promise<Map<string, { id: string }>> {
    const places = embeddings
      .map(({ place }) => place)
      .filter(({ invocationId }) => !this.isNewInvocation(invocationId));
    return byKey(places.length === 0 ? [] : await this.store.embeddingsOf(places), keyOf);
  }

  /**
   * The embedding's model, whose dimensions must be those of the vector. It is created when its first vector
   * is recorded, with that vector's dimensions.
   */
  async #modelOf({ embeddingModel: name, vector }: EmbeddingRecord, path: string[]): Promise<StoredModel> {
    const dimensions = vector.length;
    let model = this.models.get(name);
    if (!model) {
      model = { id: newUuid(), name, dimensions };
      if (!this.compareOnly) model = await this.store.insertModel(model);
      this.models.set(name, model);
    }
    if (model.dimensions === dimensions) return model;
    throw new RecordConflictError(
      [...path, "vector"],
      `has ${dimensions} dimensions, and the embedding model ${JSON.stringify(name)} has ${model.dimensions}.`,
      `${dimensions} numbers`,
    );
  }
}

function requireEqualEmbedding(
  { path, record, place, vector }: PlacedEmbedding,
  stored: StoredEmbedding,
): void {
  if (keyOf(stored) !== keyOf(place)) {
    throw new RecordConflictError(
      [...path, "id"],
      `is the id of another embedding, of Invocation:${stored.invocationId}.`,
      shown(record.id),
    );
  }
  if (vector.equals(stored.vector)) return;
  throw new RecordConflictError(
    [...path, "vector"],
    "is recorded with other numbers.",
    shown([...record.vector.subarray(0, 8)]),
  );
}

const bytesOf = (vector: Float32Array) =>
  Buffer.from(vector.buffer as ArrayBuffer, vector.byteOffset, vector.byteLength);

const keyOf = ({ invocationId, embeddingModelId }: EmbeddingPlace) => `${invocationId} ${embeddingModelId}`;
