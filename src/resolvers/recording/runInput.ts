import {
  type ImageMediaType,
  imageMediaTypeOf,
  imageMediaTypes,
} from "../../database/recording/imageMediaType.js";
import { longestExternalId, metadataText } from "../../database/recording/metadata.js";
import { isStorableMoment, noMoment, readMoment } from "../../database/recording/moment.js";
import type { EmbeddingRecord, InvocationRecord, RunRecord } from "../../database/recording/runRecord.js";
import { mostModels } from "../../database/recording/runRecord.js";
import { unstorable } from "../../database/recording/unstorable.js";
import { type InputIssue, quotedValue } from "../errors.js";
import { parseIdOf } from "../globalId.js";
import { decodeBase64 } from "./decodeBase64.js";
import { derivedEmbeddingId, derivedInvocationId } from "./derivedIds.js";
import { readVector, type VectorInput } from "./vectorInput.js";

export interface RecordTrajectoriesInput {
  runs: readonly RunInput[];
}

/** Ids are given as "Run:…" or as a bare UUID. A field that is null is treated as absent. */
export interface RunInput {
  id: string;
  network: readonly string[];
  initialPrompt: string;
  /** A string of digits if the number comes from JSON and exceeds the safe integers. */
  seed?: bigint | number | string | null;
  maxLength?: number | null;
  /** An object that JSON can hold. */
  metadata?: unknown;
  invocations: readonly InvocationInput[];
}

export interface InvocationInput {
  id?: string | null;
  sequenceNumber: number;
  model: string;
  type: "TEXT" | "IMAGE";
  seed?: bigint | number | string | null;
  inputId?: string | null;
  outputText?: string | null;
  outputImage?: ImageInput | null;
  /** A text must be in the format of RFC 3339. */
  startedAt?: Date | string | null;
  completedAt?: Date | string | null;
  externalId?: string | null;
  metadata?: unknown;
  embeddings?: readonly EmbeddingInput[] | null;
}

interface ImageInput {
  mediaType: string;
  base64: string;
}

interface EmbeddingInput {
  id?: string | null;
  embeddingModel: string;
  vector: VectorInput;
}

/**
 * Limits of one input: the number of runs, and of invocations in all runs together. A longer run can be
 * recorded in several inputs.
 */
export const mostRuns = 10_000;
export const mostInvocations = 20_000;

/** Maximum number of issues that one response reports: enough to see a pattern, few enough to read. */
export const mostIssues = 20;

export interface ReadRuns {
  /** The invocations of each run are ordered by sequence number. */
  records: RunRecord[];
  /** For each run, the index in the input of each invocation of its record. */
  invocationIndices: number[][];
}

/**
 * Validates the input of recordTrajectories. All types are checked, because the input may also come from a
 * file.
 * @returns the records, or at most `mostIssues` issues, in the order of the input
 */
export function readRunInputs(input: RecordTrajectoriesInput): ReadRuns | { issues: InputIssue[] } {
  const reader = new InputReader();
  const read = reader.runs(input.runs, ["input", "runs"]);
  return reader.issues.length > 0 ? { issues: reader.issues } : read;
}

const largestInt = 2 ** 31 - 1;
const largestSeed = 2n ** 63n - 1n;

type Fields = Record<string, unknown>;
type Path = string[];

/**
 * Reads one input. For an invalid value it records an issue and continues with a substitute, so that issues
 * in the rest are found too. If there is an issue, the records are not used.
 */
class InputReader {
  readonly issues: InputIssue[] = [];
  readonly #runIds = new Set<string>();
  readonly #invocationIds = new Set<string>();
  readonly #embeddingIds = new Set<string>();
  #invocations = 0;

  runs(value: unknown, path: Path): ReadRuns {
    const read: ReadRuns = { records: [], invocationIndices: [] };
    for (const [run, at] of this.#elements(value, path, mostRuns)) {
      const { record, indices } = this.#run(run, at);
      read.records.push(record);
      read.invocationIndices.push(indices);
    }
    return read;
  }

  #run(value: unknown, path: Path): { record: RunRecord; indices: number[] } {
    const fields = this.#fields(value, path, [
      "id",
      "network",
      "initialPrompt",
      "seed",
      "maxLength",
      "metadata",
      "invocations",
    ]);
    const id = this.#id("Run", fields.id, [...path, "id"], this.#runIds) ?? "";
    const network = this.#elements(fields.network, [...path, "network"], mostModels).map(([model, at]) =>
      this.#name(model, at),
    );
    if (Array.isArray(fields.network) && fields.network.length === 0) {
      this.#issue([...path, "network"], "must name at least one model.", fields.network);
    }
    const record: RunRecord = {
      id,
      network,
      initialPrompt: this.#text(fields.initialPrompt, [...path, "initialPrompt"]),
      seed: this.#seed(fields.seed, [...path, "seed"]),
      maxLength: isAbsent(fields.maxLength)
        ? null
        : this.#integer(fields.maxLength, 1, [...path, "maxLength"]),
      metadata: this.#metadata(fields.metadata, [...path, "metadata"]),
      invocations: [],
    };
    const numbers = new Set<number>();
    const read = this.#invocationsOf(fields.invocations, [...path, "invocations"]).map(
      ([invocation, at], index) => ({
        record: this.#invocation(invocation, at, id, numbers),
        index,
      }),
    );
    read.sort((a, b) => a.record.sequenceNumber - b.record.sequenceNumber);
    record.invocations = read.map((invocation) => invocation.record);
    return { record, indices: read.map(({ index }) => index) };
  }

  #invocationsOf(value: unknown, path: Path): [unknown, Path][] {
    const before = this.#invocations;
    if (Array.isArray(value)) this.#invocations += value.length;
    if (this.#invocations <= mostInvocations) return this.#elements(value, path);
    // Reported once, for the run at which the total exceeds the limit.
    if (before <= mostInvocations) {
      const message = `are too many: runs that are recorded together have at most ${mostInvocations} invocations. Record the rest afterwards; a run may grow.`;
      this.#issue(path, message, undefined);
    }
    return [];
  }

  #invocation(value: unknown, path: Path, runId: string, numbers: Set<number>): InvocationRecord {
    const fields = this.#fields(value, path, [
      "id",
      "sequenceNumber",
      "model",
      "type",
      "seed",
      "inputId",
      "outputText",
      "outputImage",
      "startedAt",
      "completedAt",
      "externalId",
      "metadata",
      "embeddings",
    ]);
    const sequenceNumber = this.#integer(fields.sequenceNumber, 0, [...path, "sequenceNumber"]);
    const isNumbered = !Number.isNaN(sequenceNumber);
    if (isNumbered && numbers.has(sequenceNumber)) {
      this.#issue([...path, "sequenceNumber"], "is given twice in its run.", sequenceNumber);
    }
    numbers.add(sequenceNumber);
    const id = isAbsent(fields.id)
      ? runId && isNumbered && derivedInvocationId(runId, sequenceNumber)
      : this.#id("Invocation", fields.id, [...path, "id"], this.#invocationIds);
    const type = fields.type === "IMAGE" ? "IMAGE" : "TEXT";
    if (fields.type !== type) this.#issue([...path, "type"], "must be TEXT or IMAGE.", fields.type);
    const outputImage = this.#image(fields.outputImage, [...path, "outputImage"]);
    if (outputImage && type === "TEXT") {
      this.#issue(
        [...path, "outputImage"],
        "must be absent, for the invocation's type is TEXT.",
        outputImage.mediaType,
      );
    }
    return {
      id: id || "",
      sequenceNumber,
      model: this.#name(fields.model, [...path, "model"]),
      type,
      seed: this.#seed(fields.seed, [...path, "seed"]),
      inputInvocationId: isAbsent(fields.inputId)
        ? undefined
        : (this.#id("Invocation", fields.inputId, [...path, "inputId"]) ?? undefined),
      outputText: isAbsent(fields.outputText) ? null : this.#text(fields.outputText, [...path, "outputText"]),
      outputImage,
      startedAt: this.#time(fields.startedAt, [...path, "startedAt"]),
      completedAt: this.#time(fields.completedAt, [...path, "completedAt"]),
      externalId: this.#externalId(fields.externalId, [...path, "externalId"]),
      metadata: this.#metadata(fields.metadata, [...path, "metadata"]),
      embeddings: isAbsent(fields.embeddings)
        ? []
        : this.#embeddings(fields.embeddings, [...path, "embeddings"], id || ""),
    };
  }

  #image(value: unknown, path: Path): { mediaType: string; bytes: Uint8Array } | null {
    if (isAbsent(value)) return null;
    const { mediaType, base64 } = this.#fields(value, path, ["mediaType", "base64"]);
    if (!imageMediaTypes.includes(mediaType as ImageMediaType)) {
      this.#issue([...path, "mediaType"], `must be one of ${imageMediaTypes.join(", ")}.`, mediaType);
      return null;
    }
    const bytes = decodeBase64(base64);
    if (!bytes) {
      this.#issue([...path, "base64"], "must be base64.", base64);
      return null;
    }
    const actual = imageMediaTypeOf(bytes);
    if (actual === null || actual !== mediaType) {
      this.#issue(
        [...path, "base64"],
        actual ? `holds ${actual}, not ${mediaType}.` : `does not hold ${mediaType}.`,
        base64,
      );
      return null;
    }
    return { mediaType: actual, bytes };
  }

  #embeddings(value: unknown, path: Path, invocationId: string): EmbeddingRecord[] {
    const models = new Set<string>();
    return this.#elements(value, path).map(([embedding, at]) => {
      const fields = this.#fields(embedding, at, ["id", "embeddingModel", "vector"]);
      const embeddingModel = this.#name(fields.embeddingModel, [...at, "embeddingModel"]);
      if (embeddingModel && models.has(embeddingModel)) {
        this.#issue([...at, "embeddingModel"], "is given twice in its invocation.", embeddingModel);
      }
      models.add(embeddingModel);
      const id = isAbsent(fields.id)
        ? invocationId && derivedEmbeddingId(invocationId, embeddingModel)
        : this.#id("Embedding", fields.id, [...at, "id"], this.#embeddingIds);
      return { id: id || "", embeddingModel, vector: this.#vector(fields.vector, [...at, "vector"]) };
    });
  }

  #vector(value: unknown, path: Path): Float32Array {
    this.#fields(value, path, ["floats", "base64"]);
    if (typeof value !== "object" || value === null) return new Float32Array();
    return readVector(value, path, (at, message, found) => this.#issue(at, message, found));
  }

  #id(
    type: "Run" | "Invocation" | "Embedding",
    value: unknown,
    path: Path,
    seen?: Set<string>,
  ): string | null {
    if (typeof value !== "string") {
      this.#issue(path, `must be the id of a ${type}.`, value);
      return null;
    }
    const id = parseIdOf(type, value);
    if ("problem" in id) {
      this.#issue(path, id.problem, value);
      return null;
    }
    if (seen?.has(id.uuid)) this.#issue(path, "is given twice.", value);
    seen?.add(id.uuid);
    return id.uuid;
  }

  #name(value: unknown, path: Path): string {
    const name = this.#text(value, path);
    if (typeof value === "string" && name.trim() === "") this.#issue(path, "must not be empty.", value);
    return name;
  }

  /** Accepts every text that all databases can store. */
  #text(value: unknown, path: Path): string {
    if (typeof value !== "string") this.#issue(path, "must be text.", value);
    else {
      const problem = unstorable(value);
      if (problem === null) return value;
      this.#issue(path, problem, value);
    }
    return "";
  }

  #externalId(value: unknown, path: Path): string | null {
    if (isAbsent(value)) return null;
    const id = this.#text(value, path);
    if (typeof value === "string" && (value === "" || [...value].length > longestExternalId)) {
      this.#issue(path, `must have 1 to ${longestExternalId} characters.`, value);
    }
    return id;
  }

  #metadata(value: unknown, path: Path): string | null {
    if (isAbsent(value)) return null;
    const text = metadataText(value);
    if (typeof text !== "string") {
      this.#issue([...path, ...text.path], text.message, text.value);
      return null;
    }
    const rounded = roundedNumber(value, path);
    if (!rounded) return text;
    const message = `must be a text: a whole number above ${Number.MAX_SAFE_INTEGER} may have lost digits when it was read.`;
    this.#issue(rounded.path, message, rounded.value);
    return null;
  }

  #integer(value: unknown, least: number, path: Path): number {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= largestInt) {
      return value as number;
    }
    this.#issue(path, `must be a whole number from ${least} to ${largestInt}.`, value);
    return Number.NaN;
  }

  #seed(value: unknown, path: Path): bigint | null {
    if (isAbsent(value)) return null;
    const isWhole =
      typeof value === "bigint" ||
      Number.isSafeInteger(value) ||
      (typeof value === "string" && /^-?\d{1,19}$/.test(value));
    const seed = isWhole ? BigInt(value as bigint | number | string) : null;
    if (seed !== null && seed <= largestSeed && seed >= -largestSeed - 1n) return seed;
    this.#issue(
      path,
      "must be a whole number of 64 bits; beyond what JSON numbers hold safely, a string of its digits.",
      value,
    );
    return null;
  }

  #time(value: unknown, path: Path): Date | null {
    if (isAbsent(value)) return null;
    const time = typeof value === "string" ? readMoment(value) : value;
    if (time instanceof Date && isStorableMoment(time)) return time;
    this.#issue(path, noMoment, value);
    return null;
  }

  /** No elements if the list is longer than `maximum`. */
  #elements(value: unknown, path: Path, maximum = Number.POSITIVE_INFINITY): [unknown, Path][] {
    if (!Array.isArray(value)) this.#issue(path, "must be a list.", value);
    else if (value.length > maximum) {
      this.#issue(path, `must have at most ${maximum} elements, and has ${value.length}.`, undefined);
    } else return value.map((element, index) => [element, [...path, String(index)]]);
    return [];
  }

  #fields(value: unknown, path: Path, known: string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#issue(path, "must be an object.", value);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) {
        this.#issue(
          [...path, name],
          `is unknown here. Known are ${known.join(", ")}.`,
          (value as Fields)[name],
        );
      }
    }
    return value as Fields;
  }

  #issue(path: Path, message: string, value: unknown): void {
    if (this.issues.length < mostIssues) this.issues.push({ path, message, value: quotedValue(value) });
  }
}

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/**
 * The first whole number of a JSON value that JSON.parse may have rounded, as it rounds 9007199254740993 to
 * 9007199254740992.
 */
function roundedNumber(value: unknown, path: Path): { path: Path; value: number } | null {
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? { path, value } : null;
  }
  if (typeof value !== "object" || value === null) return null;
  for (const [name, part] of Object.entries(value)) {
    const found = roundedNumber(part, [...path, name]);
    if (found) return found;
  }
  return null;
}
