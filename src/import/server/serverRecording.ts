import { RecordConflictError } from "../../database/errors/bulkErrors.js";
import { addEmbedded, noneEmbedded } from "../../database/recording/embeddedBefore.js";
import { isEqualMetadata } from "../../database/recording/equalMetadata.js";
import type {
  PlacedInvocation,
  PlacedRun,
  RecordedInvocation,
} from "../../database/recording/placedRecords.js";
import type { Added, RunRecording } from "../../database/recording/runRecording.js";
import { ServerError } from "../../remote/serverError.js";
import type { InputIssue } from "../../resolvers/errors.js";
import type { RunInput } from "../../resolvers/recording/runInput.js";
import { RunRefusedError } from "../runRefusedError.js";
import type { ImportApi, RecordedParts } from "./importApi.js";
import { invocationInputOf, runInputOf } from "./runInput.js";

/** Limits of one request, below those that a server has if nobody has set others. */
const charactersPerRequest = 8 * 2 ** 20;
const invocationsPerRequest = 2_000;

/** The limits of a server that a smaller request may keep. */
const limitsOfSize = ["BODY_BYTES", "VALUES", "SECONDS"];

/** An invocation that is to be sent, and how long it is. */
interface Sent {
  runId: string;
  record: RecordedInvocation;
  input: RunInput["invocations"][number];
  characters: number;
}

/**
 * Records runs through a server. Several runs are sent in one request, which records all of them or nothing. A single
 * run that is too large for a request is sent in several; if the server refuses a later one, the run is deleted again,
 * unless it was recorded before this recording.
 */
export class ServerRecording implements RunRecording {
  readonly #runs = new Map<string, PlacedRun["record"]>();
  /** Runs that a request of this recording has created. */
  readonly #created = new Set<string>();
  /** The runs of which an invocation was given. */
  readonly #begun = new Set<string>();
  readonly #added: Added = {
    runCount: 0,
    invocationCount: 0,
    imageCount: 0,
    embeddingCount: 0,
    embeddingCountByModel: new Map(),
    sharedRunCount: 0,
    embeddedBefore: noneEmbedded(),
  };
  #unsent: Sent[] = [];
  #characters = 0;
  #isSent = false;

  constructor(private readonly api: ImportApi) {}

  async recordRuns(runs: PlacedRun[]): Promise<void> {
    for (const { record } of runs) {
      if (this.#runs.has(record.id)) throw new RunRefusedError("another run has the same id");
      this.#runs.set(record.id, record);
    }
  }

  async recordInvocations(invocations: PlacedInvocation[]): Promise<void> {
    const stored = invocations.filter(({ record }) => record.outputImage === "as stored");
    const images = await this.api.images(stored.map(({ record }) => record.id));
    for (const { runId, record } of invocations) {
      // The API takes an invocation without an input for one whose input is the invocation before it.
      if (record.inputInvocationId === null && this.#begun.has(runId)) {
        await this.#undo();
        throw new RunRefusedError(
          "an invocation without an input follows others, which the API cannot record",
        );
      }
      this.#begun.add(runId);
      const { outputImage } = record;
      const image = outputImage === "as stored" ? (images.get(record.id) ?? null) : outputImage;
      const input = invocationInputOf(record, image);
      const characters = lengthOf(input);
      const isFull =
        this.#characters + characters > charactersPerRequest || this.#unsent.length >= invocationsPerRequest;
      if (isFull && this.#runs.size > 1) throw tooLarge();
      if (isFull && this.#unsent.length > 0) await this.#sendPart();
      this.#unsent.push({ runId, record, input, characters });
      this.#characters += characters;
    }
  }

  async finish(): Promise<Added> {
    if (this.#unsent.length > 0 || !this.#isSent) await this.#sendPart();
    return this.#added;
  }

  /** Sends what was not sent yet, after which the same run may continue. */
  async #sendPart(): Promise<void> {
    const part = this.#unsent;
    this.#unsent = [];
    this.#characters = 0;
    try {
      await this.#send(part);
    } catch (error) {
      if (error instanceof RecordConflictError || error instanceof RunRefusedError) await this.#undo();
      throw error;
    }
  }

  /** @throws RecordConflictError, RunRefusedError, ServerError */
  async #send(part: Sent[]): Promise<void> {
    try {
      await this.#sendTogether(part);
    } catch (error) {
      if (!(error instanceof ServerError && limitsOfSize.includes(error.limit ?? ""))) throw error;
      if (this.#runs.size > 1 || part.length < 2) throw tooLarge();
      const half = part.length >> 1;
      await this.#send(part.slice(0, half));
      await this.#send(part.slice(half));
    }
  }

  async #sendTogether(part: Sent[]): Promise<void> {
    const invocations = new Map<string, Sent["input"][]>([...this.#runs.keys()].map((id) => [id, []]));
    for (const { runId, input } of part) invocations.get(runId)!.push(input);
    const runs = [...this.#runs.values()].map((record) => ({
      ...runInputOf(record),
      invocations: invocations.get(record.id)!,
    }));
    const recorded = await this.#recordedOf(part);
    let outcome = await this.api.record(runs);
    if ("issues" in outcome && isOfMetadata(outcome.issues[0]) && (await this.#asRecorded(part))) {
      outcome = await this.api.record(runs);
    }
    if ("issues" in outcome) throw errorOf(outcome.issues[0]);
    this.#isSent = true;
    if (outcome.runCount === runs.length) for (const { id } of runs) this.#created.add(id);
    this.#count(part, outcome, recorded);
    await this.#countEmbedded(part, outcome.invocationCount, recorded);
  }

  /**
   * Gives invocations the metadata that is recorded of them, if theirs may differ from it as it does. The server itself
   * allows no difference.
   *
   * @returns whether some got another one
   */
  async #asRecorded(part: Sent[]): Promise<boolean> {
    const ids = part.flatMap(({ record }) => (record.formerMetadata ? [record.id] : []));
    const recorded = await this.api.recordedMetadata(ids);
    let isChanged = false;
    for (const { record, input } of part) {
      const { id, metadata, formerMetadata } = record;
      const stored = recorded.get(id);
      if (stored === undefined || stored === metadata) continue;
      if (!isEqualMetadata(metadata, stored, formerMetadata)) continue;
      input.metadata = stored === null ? undefined : JSON.parse(stored);
      isChanged = true;
    }
    return isChanged;
  }

  /**
   * What is recorded of the invocations of a part, by their ids. Null if the numbers in the response will tell, as if
   * there is one embedding model and no image.
   */
  async #recordedOf(part: Sent[]): Promise<Awaited<ReturnType<ImportApi["recordedInvocations"]>> | null> {
    const models = new Set(part.flatMap(({ record }) => modelsOf(record)));
    if (models.size < 2 && part.every(({ record }) => record.outputImage === null)) return null;
    const runIds = [...this.#runs.keys()].filter((id) => !this.#created.has(id));
    const recordedRuns = await this.api.recordedRuns(runIds);
    const candidates = part.filter(({ runId }) => recordedRuns.has(runId));
    return this.api.recordedInvocations(candidates.map(({ record }) => record.id));
  }

  /** Counts what a request has added. */
  #count(
    part: Sent[],
    outcome: { runCount: number; invocationCount: number; embeddingCount: number },
    recorded: Map<string, RecordedParts> | null,
  ): void {
    const added = this.#added;
    const addEmbeddings = (model: string, count: number) =>
      added.embeddingCountByModel.set(model, (added.embeddingCountByModel.get(model) ?? 0) + count);
    added.runCount += outcome.runCount;
    added.invocationCount += outcome.invocationCount;
    added.embeddingCount += outcome.embeddingCount;
    if (recorded === null) {
      const model = part.flatMap(({ record }) => modelsOf(record)).at(0);
      if (model !== undefined) addEmbeddings(model, outcome.embeddingCount);
      return;
    }
    for (const { record } of part) {
      const before = recorded.get(record.id);
      if (record.outputImage && !before) added.imageCount++;
      for (const model of modelsOf(record))
        if (!before?.embeddingModels.includes(model)) addEmbeddings(model, 1);
    }
  }

  /** Counts those of the invocations of a part that were sent without embeddings, and have recorded ones. */
  async #countEmbedded(
    part: Sent[],
    added: number,
    recorded: Map<string, RecordedParts> | null,
  ): Promise<void> {
    if (added === part.length) return;
    const ids = part.flatMap(({ record }) => (record.embeddings.length === 0 ? [record.id] : []));
    const parts = recorded ?? (await this.api.recordedInvocations(ids));
    for (const id of ids) addEmbedded(this.#added.embeddedBefore!, parts.get(id)?.embeddingModels ?? []);
  }

  /** Deletes what the requests before a refused one have created. */
  async #undo(): Promise<void> {
    for (const id of this.#created) await this.api.deleteRun(id);
  }
}

const modelsOf = ({ embeddings }: RecordedInvocation) =>
  embeddings.map(({ embeddingModel }) => embeddingModel);

const lengthOf = (input: Sent["input"]) => JSON.stringify(input).length;

const tooLarge = () => new RunRefusedError("it is too large for a request to the server");

const isOfMetadata = ({ path }: InputIssue) => path.at(-1) === "metadata";

/** An issue in the input, as what concerns the runs that were sent. */
function errorOf({ path, message, value }: InputIssue): RecordConflictError | RunRefusedError {
  const within = path.slice(2); // after "input", "runs"
  const isInMetadata = within.includes("metadata") && within.at(-1) !== "metadata";
  // Only the API refuses numbers in metadata that JSON may have rounded.
  if (isInMetadata)
    return new RunRefusedError(`its metadata has a value that ${message.replace(/[.:].*/s, "")}`);
  return new RecordConflictError(within, message, value);
}
