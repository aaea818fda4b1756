import { type ImageMediaType, imageMediaTypeOf } from "../../database/recording/imageMediaType.js";
import { metadataText } from "../../database/recording/metadata.js";
import { readMoment } from "../../database/recording/moment.js";
import type { RecordedInvocation } from "../../database/recording/placedRecords.js";
import { beyondFloat32, type EmbeddingRecord, mostModels } from "../../database/recording/runRecord.js";
import { characterFault } from "../characterFault.js";
import { RunRefusedError } from "../runRefusedError.js";
import type { RunPiece, SourceRun } from "../runSource.js";
import { emptyTally } from "../runTally.js";
import { SkippedTally, withDetail } from "../skippedTally.js";
import type { VectorFault } from "../table/vectorValue.js";
import { vectorFault } from "../vectorFault.js";
import type { PanicTdaDatabase } from "./database.js";
import { hasIdType, idValue, isIdType, type StoredId, shownId, uuidOf } from "./ids.js";
import type { PanicTdaTable } from "./layout.js";
import { idDigits } from "./repeatedIds.js";
import { type PanicTdaSurvey, reasons } from "./survey.js";
import { TakenIds } from "./takenIds.js";

/** Limits of the invocations, and of the bytes of their images, that are in memory at a time. */
const invocationsPerPiece = 250;
const imageBytesPerPiece = 8 * 2 ** 20;

const largestInt = 2n ** 31n - 1n;

interface IdRow extends StoredId {
  /** The id as `idDigits`; null if no id of the table is repeated, since it is then not needed. */
  digits: string | null;
}

interface EmbeddingIdRow extends Omit<IdRow, "digits"> {
  /** The id of its invocation as `idDigits`; null if no id of an invocation is repeated. */
  invocationDigits: string | null;
}

interface RunRow extends IdRow {
  network: Buffer | null;
  initialPrompt: Buffer | null;
  seed: unknown;
  maxLength: unknown;
  experimentIdType: string;
  experimentId: Buffer | null;
  number: unknown;
}

interface InvocationRow extends IdRow {
  place: bigint;
  sequenceNumber: unknown;
  model: Buffer | null;
  type: Buffer | null;
  seed: unknown;
  inputIdType: string;
  inputId: Buffer | null;
  outputText: Buffer | null;
  imageLength: bigint | null;
  startedAt: Buffer | null;
  completedAt: Buffer | null;
}

interface EmbeddingRow extends IdRow {
  /** The rowid of its invocation. */
  invocation: bigint;
  model: Buffer | null;
  vectorType: string;
  vector: Buffer;
}

/** A usable invocation whose image and embeddings have not been read yet. */
interface Candidate {
  /** Its id as written. */
  shown: string;
  place: bigint;
  imageLength: number;
  record: RecordedInvocation;
}

/**
 * Yields the usable runs in the order of their ids, one at a time; the others are counted as skipped.
 *
 * Several rows may have the same id, written in different ways or in a table without a key. The first usable
 * row that can be recorded is taken (of invocations, that of the earliest step), and the records that belong to the id
 * are read with it. Only if no row was taken are they counted as skipped, at the end.
 */
export function* panicTdaRuns(
  source: PanicTdaDatabase,
  survey: PanicTdaSurvey,
): Generator<SourceRun, () => SkippedTally> {
  const { connection, layout, text, textFault } = source;
  const { tables } = layout;
  const shown = (stored: StoredId) => shownId(source, stored);
  const uuid = (stored: StoredId) => uuidOf(source, stored);
  const isId = ({ idType }: StoredId) => isIdType(source, idType);
  const hasImages = source.hasColumn("invocation", layout.imageColumn);
  const optional = (table: "run" | "invocation", column: string, alias: string) =>
    source.hasColumn(table, column) ? `${alias}.${column}` : "NULL";
  /** The SQL expression by which rows are sorted: the same for each spelling of an id. */
  const inOrder = (table: PanicTdaTable, id: string) =>
    survey.repeated[table].size > 0 ? digitsOf(table, id) : id;
  /** The SQL expression for an id as `idDigits`; NULL if no id of the table is repeated. */
  const digitsOf = (table: PanicTdaTable, id: string) =>
    survey.repeated[table].size > 0 ? idDigits(survey.keyOf, id) : "NULL";
  /**
   * The id of a row, selected by its rowid. The id is not passed as a parameter, because it need not be valid
   * Unicode, as a text parameter must be; and a parameter of bytes would be read as UTF-8, even if the file's
   * encoding is UTF-16.
   */
  const idAt = (table: "run" | "invocation") =>
    `(SELECT ${idValue(source, "id")} AS id FROM ${tables[table]} WHERE rowid = ?)`;
  const runPlaces = connection
    .prepare(`SELECT rowid FROM ${tables.run} ORDER BY ${inOrder("run", "id")}, rowid`)
    .pluck()
    .safeIntegers();
  const ofRun = (column: string) => optional("run", column, "r");
  const runAt = connection
    .prepare(`
      SELECT typeof(r.id) AS "idType", CAST(r.id AS BLOB) AS "id", ${digitsOf("run", "r.id")} AS "digits",
             CAST(r.network AS BLOB) AS "network", CAST(r.initial_prompt AS BLOB) AS "initialPrompt",
             ${ofRun("seed")} AS "seed", ${ofRun("max_length")} AS "maxLength", ${ofRun("run_number")} AS "number",
             typeof(${ofRun("experiment_id")}) AS "experimentIdType",
             CAST(${ofRun("experiment_id")} AS BLOB) AS "experimentId"
      FROM ${tables.run} r WHERE r.rowid = ?`)
    .safeIntegers();
  const ofInvocation = (column: string) => optional("invocation", column, "i");
  const invocationRows = connection
    .prepare(`
      SELECT i.rowid AS "place", typeof(i.id) AS "idType", CAST(i.id AS BLOB) AS "id",
             ${digitsOf("invocation", "i.id")} AS "digits",
             i.sequence_number AS "sequenceNumber", CAST(i.model AS BLOB) AS "model", CAST(i.type AS BLOB) AS "type",
             ${ofInvocation("seed")} AS "seed", typeof(${ofInvocation("input_invocation_id")}) AS "inputIdType",
             CAST(${ofInvocation("input_invocation_id")} AS BLOB) AS "inputId",
             CAST(${ofInvocation("output_text")} AS BLOB) AS "outputText",
             octet_length(${ofInvocation(layout.imageColumn)}) AS "imageLength",
             CAST(${ofInvocation("started_at")} AS BLOB) AS "startedAt",
             CAST(${ofInvocation("completed_at")} AS BLOB) AS "completedAt"
      FROM ${idAt("run")} r ${survey.invocationsOfRun.join("i", "r.id")}
      ORDER BY i.sequence_number, ${inOrder("invocation", "i.id")}, i.rowid`)
    .safeIntegers();
  const imageRows = connection
    .prepare(`
      SELECT i.rowid, CAST(${ofInvocation(layout.imageColumn)} AS BLOB)
      FROM json_each(?) place CROSS JOIN ${tables.invocation} i ON i.rowid = place.value`)
    .raw()
    .safeIntegers();
  const embeddingRows = connection
    .prepare(`
      SELECT i.rowid AS "invocation", typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id",
             ${digitsOf("embedding", "e.id")} AS "digits", CAST(e.embedding_model AS BLOB) AS "model",
             typeof(e.vector) AS "vectorType", CAST(e.vector AS BLOB) AS "vector"
      FROM json_each(?) place CROSS JOIN ${tables.invocation} i ON i.rowid = place.value
      ${survey.embeddingsOfInvocation.join("e", idValue(source, "i.id"))}
      ORDER BY ${inOrder("embedding", "e.id")}, e.rowid`)
    .safeIntegers();
  const embeddingIds = connection.prepare(`
    SELECT typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id"
    FROM ${idAt("invocation")} i ${survey.embeddingsOfInvocation.join("e", "i.id")}`);
  const embeddingIdsOfRun = connection.prepare(`
    SELECT typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id",
           ${digitsOf("invocation", "i.id")} AS "invocationDigits"
    FROM ${idAt("run")} r ${survey.invocationsOfRun.join("i", "r.id")}
    ${survey.embeddingsOfInvocation.join("e", "i.id")}
    WHERE ${hasIdType(source, "i.id")}`); // the survey has counted those of others

  let leftOut = new SkippedTally();
  const takenRuns = new TakenIds(survey.repeated.run);
  const takenInvocations = new TakenIds(survey.repeated.invocation);
  const takenEmbeddings = new TakenIds(survey.repeated.embedding);
  /** Rowids of rows that were not taken, by an id that another row may have. */
  const untakenRuns = new Map<string, bigint>();
  const untakenInvocations = new Map<string, bigint>();
  // Runs are read one by one, so that no statement stays open and keeps other processes from writing to the
  // file.
  for (const place of source.read(() => runPlaces.all([]) as bigint[])) {
    const [row] = rowsOf<RunRow>(runAt, [place]);
    if (!row) continue; // the row was deleted in the meantime
    const run = openRun(place, row);
    if (!isId(row)) leftOut.add("run", layout.otherIdType, shown(row));
    else if (typeof run === "string") {
      leftOut.add("run", run, shown(row));
      if (takenRuns.isRepeated(row.digits)) untakenRuns.set(row.digits, place);
      else leaveOutInvocations(place, leftOut);
    } else {
      run.leftOutBefore = leftOut;
      leftOut = new SkippedTally();
      yield run;
    }
  }
  return () => {
    for (const [digits, place] of untakenRuns) {
      if (!takenRuns.has(digits)) leaveOutInvocations(place, leftOut);
    }
    for (const [digits, place] of untakenInvocations) {
      if (!takenInvocations.has(digits)) leaveOutEmbeddings(rowsOf(embeddingIds, [place]), leftOut);
    }
    return leftOut;
  };

  /** Iterates over rows as objects, with their bytes as Buffers; libsql returns bare ArrayBuffers. */
  function* rowsOf<Row extends object>(
    statement: { iterate(...parameters: unknown[]): IterableIterator<unknown> },
    parameters: unknown[],
  ): Generator<Row> {
    const rows = source.read(() => statement.iterate(parameters));
    for (;;) {
      const { done, value } = source.read(() => rows.next() as IteratorResult<Record<string, unknown>>);
      if (done) return;
      for (const [name, bytes] of Object.entries(value)) {
        if (bytes instanceof ArrayBuffer) value[name] = Buffer.from(bytes);
      }
      yield value as Row;
    }
  }

  /** The reason for which a row with these columns, by their names, is not usable; null if all are text. */
  function faultOf(columns: Record<string, Buffer | null>): string | null {
    for (const [name, bytes] of Object.entries(columns)) {
      const fault = textFault(bytes);
      if (fault) return `its ${name} ${fault}`;
    }
    return null;
  }

  /** @returns the run, or the reason why its row is not usable */
  function openRun(place: bigint, row: RunRow): SourceRun | string {
    const id = uuid(row);
    if (!id) return reasons.idNoUuid;
    const fault = faultOf({ network: row.network, "initial prompt": row.initialPrompt });
    if (fault) return fault;
    const network = networkOf(text(row.network));
    if (typeof network === "string") return network;
    const initialPrompt = text(row.initialPrompt);
    if (typeof initialPrompt !== "string") return "its initial prompt is not text";
    const seed = wholeNumber(row.seed);
    const maxLength = wholeNumber(row.maxLength);
    if (seed === undefined) return "its seed is not a whole number";
    if (maxLength === undefined || (maxLength !== null && (maxLength < 1n || maxLength > largestInt))) {
      return "its maximum length is not a whole number from 1 to 2147483647";
    }
    const metadata = metadataOf(row);
    if (typeof metadata === "object" && metadata) return metadata.reason;
    const run: SourceRun = {
      record: {
        id,
        network,
        initialPrompt,
        seed,
        maxLength: maxLength === null ? null : Number(maxLength),
        metadata,
      },
      leftOutBefore: new SkippedTally(),
      ...emptyTally(),
      restart() {
        release();
        Object.assign(run, emptyTally());
        if (takenRuns.isOfOther(row.digits, run)) throw new RunRefusedError(reasons.repeatedId);
        takenRuns.add(row.digits, run);
      },
      pieces: () => pieces(run, place),
      release,
      leaveOut(skipped, reason, difference) {
        skipped.add("run", reason, withDetail(shown(row), difference));
        if (!takenRuns.isRepeated(row.digits)) return leaveOutInvocations(place, skipped);
        untakenRuns.set(row.digits, place);
        return 0;
      },
    };
    function release(): void {
      for (const taken of [takenRuns, takenInvocations, takenEmbeddings]) taken.release(run);
    }
    return run;
  }

  /** @returns the run's metadata as text, or the reason why its row is not usable */
  function metadataOf(row: RunRow): string | null | { reason: string } {
    if (!layout.hasRunMetadata) return null;
    const metadata: Record<string, string | number> = {};
    if (row.experimentId !== null) {
      const stored = { idType: row.experimentIdType, id: row.experimentId };
      if (row.experimentIdType !== "blob") {
        const fault = faultOf({ "experiment id": row.experimentId });
        if (fault) return { reason: fault };
      }
      const experimentId = uuid(stored) ?? (row.experimentIdType === "blob" ? null : text(row.experimentId));
      if (typeof experimentId !== "string") return { reason: "its experiment id is neither text nor a UUID" };
      metadata.experiment_id = experimentId;
    }
    const number = wholeNumber(row.number);
    if (number === undefined) return { reason: "its run number is not a whole number" };
    // A larger number is written as text, because readers of JSON would round it.
    if (number !== null) metadata.run_number = isSafe(number) ? Number(number) : number.toString();
    if (Object.keys(metadata).length === 0) return null;
    const written = metadataText(metadata);
    return typeof written === "string" ? written : { reason: `its metadata ${written.message}` };
  }

  /**
   * Counts the invocations of the run at a rowid as skipped, with their embeddings.
   *
   * @returns number of invocations and embeddings
   */
  function leaveOutInvocations(run: bigint, skipped: SkippedTally): number {
    let count = 0;
    for (const row of rowsOf<InvocationRow>(invocationRows, [run])) {
      const { digits, place } = row;
      skipped.add("invocation", isId(row) ? reasons.runLeftOut : layout.otherIdType, shown(row));
      if (takenInvocations.isRepeated(digits)) untakenInvocations.set(digits, place);
      count++;
    }
    return (
      count + leaveOutEmbeddings(ofUnrepeated(rowsOf<EmbeddingIdRow>(embeddingIdsOfRun, [run])), skipped)
    );
  }

  /**
   * Yields the embeddings whose invocation's id is not repeated. If it is, another row with the same id may
   * still be taken, and the embeddings with it.
   */
  function* ofUnrepeated(rows: Iterable<EmbeddingIdRow>): Generator<EmbeddingIdRow> {
    for (const row of rows) if (!takenInvocations.isRepeated(row.invocationDigits)) yield row;
  }

  /**
   * Counts embeddings as skipped.
   *
   * @returns number of embeddings
   */
  function leaveOutEmbeddings(rows: Iterable<StoredId>, skipped: SkippedTally): number {
    let count = 0;
    for (const row of rows) {
      skipped.add("embedding", isId(row) ? reasons.invocationLeftOut : layout.otherIdType, shown(row));
      count++;
    }
    return count;
  }

  function* pieces(run: SourceRun, place: bigint): Generator<RunPiece> {
    const takenIds = new Set<string>();
    let lastNumber = -1;
    let piece: Candidate[] = [];
    let imageBytes = 0;
    for (const row of rowsOf<InvocationRow>(invocationRows, [place])) {
      run.rows++;
      const candidate = candidateOf(row, takenIds, lastNumber, run.skipped);
      if (typeof candidate === "string") {
        run.skipped.add("invocation", candidate, shown(row));
        // The survey has counted the embeddings of an invocation whose id is of another type.
        if (takenInvocations.isRepeated(row.digits)) untakenInvocations.set(row.digits, row.place);
        else if (isId(row)) {
          run.rows += leaveOutEmbeddings(rowsOf(embeddingIds, [row.place]), run.skipped);
        }
        continue;
      }
      takenIds.add(candidate.record.id);
      takenInvocations.add(row.digits, run);
      lastNumber = candidate.record.sequenceNumber;
      piece.push(candidate);
      imageBytes += candidate.imageLength;
      if (piece.length < invocationsPerPiece && imageBytes < imageBytesPerPiece) continue;
      yield pieceOf(run, piece);
      piece = [];
      imageBytes = 0;
    }
    if (piece.length > 0) yield pieceOf(run, piece);
  }

  /** @returns the invocation, or the reason why it is not usable */
  function candidateOf(
    row: InvocationRow,
    takenIds: Set<string>,
    lastNumber: number,
    skipped: SkippedTally,
  ): Candidate | string {
    if (!isId(row)) return layout.otherIdType;
    const id = uuid(row);
    if (!id) return reasons.idNoUuid;
    if (takenInvocations.has(row.digits)) return reasons.repeatedId;
    const number = wholeNumber(row.sequenceNumber) ?? -1n;
    if (number < 0n || number > largestInt)
      return "its sequence number is not a whole number from 0 to 2147483647";
    if (Number(number) === lastNumber) return "another invocation of its run has the same sequence number";
    const fault = faultOf({ model: row.model, type: row.type, text: row.outputText });
    if (fault) return fault;
    const model = text(row.model);
    if (!model?.trim()) return "it has no model";
    const type = text(row.type)?.toUpperCase();
    if (type !== "TEXT" && type !== "IMAGE") return "its type is neither TEXT nor IMAGE";
    const seed = wholeNumber(row.seed);
    if (seed === undefined) return "its seed is not a whole number";
    const outputText = text(row.outputText) ?? null;

    const written = shown(row);
    let input = uuid({ idType: row.inputIdType, id: row.inputId });
    if (row.inputId !== null && !(input && takenIds.has(input))) {
      skipped.add("input", "it is not a usable invocation earlier in its run", written);
      input = null;
    }
    let imageLength = Number(row.imageLength ?? 0);
    if (row.imageLength !== null && type === "TEXT") {
      skipped.add("image", "the type of its invocation is TEXT", written);
      imageLength = 0;
    } else if (row.imageLength === 0n) skipped.add("image", "it is empty", written);
    const time = (bytes: Buffer | null): Date | null => {
      if (bytes === null) return null;
      const fault = textFault(bytes) ?? "is not a valid date and time in the years 0001 to 9999";
      const read = readMoment(text(bytes) ?? "", { assumeUtc: true });
      if (!read) skipped.add("time", `it ${fault}`, written);
      return read;
    };
    return {
      shown: written,
      place: row.place,
      imageLength,
      record: {
        id,
        sequenceNumber: Number(number),
        model,
        type,
        seed,
        inputInvocationId: input,
        outputText,
        outputImage: null,
        startedAt: time(row.startedAt),
        completedAt: time(row.completedAt),
        externalId: null,
        metadata: null,
        embeddings: [],
      },
    };
  }

  function pieceOf(run: SourceRun, piece: Candidate[]): RunPiece {
    const withImage = piece.filter(({ imageLength, record }) =>
      hasImages ? imageLength > 0 : record.type === "IMAGE",
    );
    return {
      invocationsWithImage: withImage.map(({ record }) => record.id),
      complete(storedImageLengths) {
        addImages(run, withImage, storedImageLengths);
        addEmbeddings(run, piece);
        run.read.invocations += piece.length;
        return piece.map(({ record }) => record);
      },
    };
  }

  function addImages(
    run: SourceRun,
    withImage: Candidate[],
    storedLengths: Map<string, number | null>,
  ): void {
    const unread = new Map<bigint, Candidate>();
    for (const candidate of withImage) {
      if (!hasImages) {
        // A recorded image stays, because a source without images says nothing about it.
        if (storedLengths.has(candidate.record.id)) candidate.record.outputImage = "as stored";
      } else if (storedLengths.get(candidate.record.id) === candidate.imageLength) {
        candidate.record.outputImage = "as stored";
        run.read.images++;
      } else unread.set(candidate.place, candidate);
    }
    if (unread.size === 0) return;
    const images = source.read(() => imageRows.all([placesOf(unread)]) as [bigint, Buffer][]);
    for (const [place, bytes] of images) {
      const { record, shown } = unread.get(place)!;
      const mediaType: ImageMediaType | null = imageMediaTypeOf(bytes);
      if (mediaType) {
        record.outputImage = { mediaType, bytes };
        run.read.images++;
      } else run.skipped.add("image", "its type is not a supported image type", shown);
    }
  }

  function addEmbeddings(run: SourceRun, piece: Candidate[]): void {
    const invocations = new Map(piece.map((candidate) => [candidate.place, candidate]));
    const rows = [...rowsOf<EmbeddingRow>(embeddingRows, [placesOf(invocations)])];
    run.rows += rows.length;
    for (const row of rows) {
      const { embeddings } = invocations.get(row.invocation)!.record;
      const embedding = embeddingOf(row, embeddings);
      if (typeof embedding === "string") {
        run.skipped.add("embedding", embedding, shown(row));
        continue;
      }
      if ("reason" in embedding) {
        run.skipped.add("embedding", embedding.reason, `${shown(row)}: ${embedding.number}`);
        continue;
      }
      takenEmbeddings.add(row.digits, run);
      embeddings.push(embedding);
      const { embeddings: counts } = run.read;
      counts[embedding.embeddingModel] = (counts[embedding.embeddingModel] ?? 0) + 1;
    }
  }

  /** @returns the embedding, or the reason why it is not usable */
  function embeddingOf(row: EmbeddingRow, others: EmbeddingRecord[]): EmbeddingRecord | VectorFault | string {
    if (!isId(row)) return layout.otherIdType;
    const id = uuid(row);
    if (!id) return reasons.idNoUuid;
    const modelFault = faultOf({ "embedding model": row.model });
    if (modelFault) return modelFault;
    const embeddingModel = text(row.model);
    if (!embeddingModel?.trim()) return "it has no embedding model";
    if (row.vectorType === "null") return "it has no vector";
    if (row.vectorType === "text") {
      // Where a dump has such a number, the staged table has it as text instead of the vector.
      const [what, number] = (text(row.vector) ?? "").split(": ");
      if (what === beyondFloat32) return { reason: `its vector holds ${beyondFloat32}`, number };
    }
    if (row.vectorType !== "blob" || row.vector.length % 4 !== 0) {
      return "its vector is not a list of float32 numbers";
    }
    const vector = new Float32Array(new Uint8Array(row.vector).buffer);
    const fault = vectorFault(vector);
    if (fault) return fault;
    if (vector.length !== survey.dimensions.get(embeddingModel)) {
      return "its number of dimensions differs from its embedding model's";
    }
    if (others.some((other) => other.embeddingModel === embeddingModel)) {
      return "another embedding has the same invocation and embedding model";
    }
    if (takenEmbeddings.has(row.digits)) return reasons.repeatedId;
    return { id, embeddingModel, vector };
  }
}

/** The rowids as JSON, because JSON.stringify takes no bigint. */
function placesOf(rows: Map<bigint, unknown>): string {
  return `[${[...rows.keys()].join()}]`;
}

/** @returns the names of the models, or the reason why the row is not usable */
function networkOf(json: string | null | undefined): string[] | string {
  const reason = `its network is not a JSON list of 1 to ${mostModels} model names`;
  let network: unknown;
  try {
    network = JSON.parse(json ?? "");
  } catch {
    return reason;
  }
  const isNetwork =
    Array.isArray(network) &&
    network.length > 0 &&
    network.length <= mostModels &&
    network.every((model) => typeof model === "string" && model.trim() !== "");
  if (!isNetwork) return reason;
  const models = network as string[];
  // The escapes of JSON can write what no other text of the file can hold.
  const fault = models.map(characterFault).find((found) => found !== null);
  return fault === undefined ? models : `its network has a model name that ${fault}`;
}

/** Returns the value, or undefined if it is neither a whole number nor null. */
function wholeNumber(value: unknown): bigint | null | undefined {
  return value === null || typeof value === "bigint" ? value : undefined;
}

function isSafe(number: bigint): boolean {
  return Number.isSafeInteger(Number(number));
}
