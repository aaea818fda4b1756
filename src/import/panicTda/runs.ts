import { type ImageMediaType, imageMediaTypeOf } from "../../database/recording/imageMediaType.js";
import { readMoment } from "../../database/recording/moment.js";
import type { RecordedInvocation } from "../../database/recording/placedRecords.js";
import { type EmbeddingRecord, mostModels } from "../../database/recording/runRecord.js";
import { unstorable } from "../../database/recording/unstorable.js";
import { noCounts } from "../importReport.js";
import type { RunPiece, SourceRun } from "../runSource.js";
import { SkippedTally } from "../skippedTally.js";
import { vectorFault } from "../vectorFault.js";
import type { PanicTdaDatabase, PanicTdaTable } from "./database.js";
import { idDigits } from "./repeatedIds.js";
import { type PanicTdaSurvey, reasons } from "./survey.js";
import { TakenIds } from "./takenIds.js";

/** Limits of the invocations, and of the bytes of their images, that are in memory at a time. */
const invocationsPerPiece = 250;
const imageBytesPerPiece = 8 * 2 ** 20;

const largestInt = 2n ** 31n - 1n;

interface IdRow {
  idType: string;
  id: Buffer | null;
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
}

interface InvocationRow extends IdRow {
  place: bigint;
  sequenceNumber: unknown;
  model: Buffer | null;
  type: Buffer | null;
  seed: unknown;
  inputId: Buffer | null;
  outputText: Buffer | null;
  imageLength: bigint | null;
  startedAt: Buffer | null;
  completedAt: Buffer | null;
}

interface EmbeddingRow extends IdRow {
  invocationId: string;
  model: Buffer | null;
  vectorType: string;
  vector: Buffer;
}

/** A usable invocation whose image and embeddings have not been read yet. */
interface Candidate {
  rawId: string;
  place: bigint;
  imageLength: number;
  record: RecordedInvocation;
}

/**
 * Yields the usable runs in the order of their ids, one at a time; the others are counted as skipped.
 *
 * Several rows may have the same id, written in different ways or in a table without a key. The first usable
 * row is taken, and the records that belong to the id are read with it. Only if no row was taken are they
 * counted as skipped, at the end.
 */
export function* panicTdaRuns(
  source: PanicTdaDatabase,
  survey: PanicTdaSurvey,
): Generator<SourceRun, () => SkippedTally> {
  const { connection, text, shown } = source;
  const optional = (table: "run" | "invocation", column: string, alias: string) =>
    source.hasColumn(table, column) ? `${alias}.${column}` : "NULL";
  /** The SQL expression for an id as `idDigits`; NULL if no id of the table is repeated. */
  const digitsOf = (table: PanicTdaTable, id: string) =>
    survey.repeated[table].size > 0 ? idDigits(survey.keyOf, id) : "NULL";
  /**
   * The id of a row, selected by its rowid. The id is not passed as a parameter, because it need not be valid
   * Unicode, as a text parameter must be; and a parameter of bytes would be read as UTF-8, even if the file's
   * encoding is UTF-16.
   */
  const idAt = (table: "run" | "invocation") =>
    `(SELECT CAST(id AS TEXT) AS id FROM ${table} WHERE rowid = ?)`;
  const runPlaces = connection.prepare("SELECT rowid FROM run ORDER BY id, rowid").pluck().safeIntegers();
  const runAt = connection
    .prepare(`
      SELECT typeof(r.id) AS "idType", CAST(r.id AS BLOB) AS "id", ${digitsOf("run", "r.id")} AS "digits",
             CAST(r.network AS BLOB) AS "network", CAST(r.initial_prompt AS BLOB) AS "initialPrompt", ${optional("run", "seed", "r")} AS "seed",
             ${optional("run", "max_length", "r")} AS "maxLength"
      FROM run r WHERE r.rowid = ?`)
    .safeIntegers();
  const ofInvocation = (column: string) => optional("invocation", column, "i");
  const invocationRows = connection
    .prepare(`
      SELECT i.rowid AS "place", typeof(i.id) AS "idType", CAST(i.id AS BLOB) AS "id",
             ${digitsOf("invocation", "i.id")} AS "digits",
             i.sequence_number AS "sequenceNumber", CAST(i.model AS BLOB) AS "model", CAST(i.type AS BLOB) AS "type",
             ${ofInvocation("seed")} AS "seed", CAST(${ofInvocation("input_invocation_id")} AS BLOB) AS "inputId",
             CAST(${ofInvocation("output_text")} AS BLOB) AS "outputText",
             octet_length(${ofInvocation("output_image_data")}) AS "imageLength",
             CAST(${ofInvocation("started_at")} AS BLOB) AS "startedAt",
             CAST(${ofInvocation("completed_at")} AS BLOB) AS "completedAt"
      FROM ${idAt("run")} r ${survey.invocationsOfRun.join("i", "r.id")}
      ORDER BY i.sequence_number, i.id, i.rowid`)
    .safeIntegers();
  const imageRows = connection
    .prepare(`
      SELECT i.rowid, CAST(${ofInvocation("output_image_data")} AS BLOB)
      FROM json_each(?) place CROSS JOIN invocation i ON i.rowid = place.value`)
    .raw()
    .safeIntegers();
  const embeddingRows = connection.prepare(`
    SELECT invocation.value AS "invocationId", typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id",
           ${digitsOf("embedding", "e.id")} AS "digits", CAST(e.embedding_model AS BLOB) AS "model", typeof(e.vector) AS "vectorType",
           CAST(e.vector AS BLOB) AS "vector"
    FROM json_each(?) invocation ${survey.embeddingsOfInvocation.join("e", "invocation.value")}`);
  const embeddingIds = connection.prepare(`
    SELECT typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id"
    FROM ${idAt("invocation")} i ${survey.embeddingsOfInvocation.join("e", "i.id")}`);
  const embeddingIdsOfRun = connection.prepare(`
    SELECT typeof(e.id) AS "idType", CAST(e.id AS BLOB) AS "id",
           ${digitsOf("invocation", "i.id")} AS "invocationDigits"
    FROM ${idAt("run")} r ${survey.invocationsOfRun.join("i", "r.id")}
    ${survey.embeddingsOfInvocation.join("e", "i.id")}
    WHERE typeof(i.id) = 'text'`); // the survey has counted those of others

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
    if (row.idType !== "text") leftOut.add("run", reasons.idNotText, shown(row.id));
    else if (typeof run === "string") {
      leftOut.add("run", run, shown(row.id));
      if (takenRuns.isRepeated(row.digits)) untakenRuns.set(row.digits, place);
      else leaveOutInvocations(place, leftOut);
    } else if (takenRuns.has(row.digits)) {
      leftOut.add("run", reasons.repeatedId, shown(row.id));
    } else {
      takenRuns.add(row.digits, run);
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

  /** @returns the run, or the reason why its row is not usable */
  function openRun(place: bigint, row: RunRow): SourceRun | string {
    const id = uuidOf(text(row.id));
    if (!id) return reasons.idNoUuid;
    const network = networkOf(text(row.network));
    if (!network) return `its network is not a JSON list of 1 to ${mostModels} model names`;
    const initialPrompt = text(row.initialPrompt);
    if (typeof initialPrompt !== "string") return "its initial prompt is not text";
    const seed = wholeNumber(row.seed);
    const maxLength = wholeNumber(row.maxLength);
    if (seed === undefined) return "its seed is not a whole number";
    if (maxLength === undefined || (maxLength !== null && (maxLength < 1n || maxLength > largestInt))) {
      return "its maximum length is not a whole number from 1 to 2147483647";
    }
    const run: SourceRun = {
      record: {
        ...{ id, network, initialPrompt, seed, maxLength: maxLength === null ? null : Number(maxLength) },
        metadata: null,
      },
      leftOutBefore: new SkippedTally(),
      read: noCounts(),
      skipped: new SkippedTally(),
      rows: 0,
      restart() {
        takenInvocations.release(run);
        takenEmbeddings.release(run);
        run.read = noCounts();
        run.skipped = new SkippedTally();
        run.rows = 0;
      },
      pieces: () => pieces(run, place),
      leaveOut(skipped, reason) {
        takenInvocations.release(run);
        takenEmbeddings.release(run);
        skipped.add("run", reason, shown(row.id));
        return leaveOutInvocations(place, skipped);
      },
    };
    return run;
  }

  /**
   * Counts the invocations of the run at a rowid as skipped, with their embeddings.
   *
   * @returns number of invocations and embeddings
   */
  function leaveOutInvocations(run: bigint, skipped: SkippedTally): number {
    let count = 0;
    for (const { idType, id, digits, place } of rowsOf<InvocationRow>(invocationRows, [run])) {
      skipped.add("invocation", idType === "text" ? reasons.runLeftOut : reasons.idNotText, shown(id));
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
  function leaveOutEmbeddings(rows: Iterable<Pick<IdRow, "idType" | "id">>, skipped: SkippedTally): number {
    let count = 0;
    for (const { idType, id } of rows) {
      skipped.add("embedding", idType === "text" ? reasons.invocationLeftOut : reasons.idNotText, shown(id));
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
        run.skipped.add("invocation", candidate, shown(row.id));
        // The survey has counted the embeddings of an invocation whose id is not text.
        if (takenInvocations.isRepeated(row.digits)) untakenInvocations.set(row.digits, row.place);
        else if (row.idType === "text") {
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
    if (row.idType !== "text") return reasons.idNotText;
    const rawId = text(row.id);
    const id = uuidOf(rawId);
    if (!rawId || !id) return reasons.idNoUuid;
    if (takenInvocations.has(row.digits)) return reasons.repeatedId;
    const number = wholeNumber(row.sequenceNumber) ?? -1n;
    if (number < 0n || number > largestInt)
      return "its sequence number is not a whole number from 0 to 2147483647";
    if (Number(number) === lastNumber) return "another invocation of its run has the same sequence number";
    const model = text(row.model);
    if (!model?.trim()) return "it has no model";
    const type = text(row.type)?.toUpperCase();
    if (type !== "TEXT" && type !== "IMAGE") return "its type is neither TEXT nor IMAGE";
    const seed = wholeNumber(row.seed);
    if (seed === undefined) return "its seed is not a whole number";
    const outputText = text(row.outputText);
    if (outputText === undefined) return "its text is not valid Unicode, or holds U+0000";

    let input = row.inputId === null ? null : uuidOf(text(row.inputId));
    if (row.inputId !== null && !(input && takenIds.has(input))) {
      skipped.add("input", "it is not a usable invocation earlier in its run", rawId);
      input = null;
    }
    let imageLength = Number(row.imageLength ?? 0);
    if (imageLength > 0 && type === "TEXT") {
      skipped.add("image", "the type of its invocation is TEXT", rawId);
      imageLength = 0;
    }
    const time = (bytes: Buffer | null): Date | null => {
      if (bytes === null) return null;
      const read = readMoment(text(bytes) ?? "", { assumeUtc: true });
      if (!read) skipped.add("time", "it is not a valid date and time in the years 0001 to 9999", rawId);
      return read;
    };
    return {
      rawId,
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
    const withImage = piece.filter(({ imageLength }) => imageLength > 0);
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

  function addImages(run: SourceRun, withImage: Candidate[], storedLengths: Map<string, number>): void {
    const unread = new Map<bigint, Candidate>();
    for (const candidate of withImage) {
      if (storedLengths.get(candidate.record.id) === candidate.imageLength) {
        candidate.record.outputImage = "as stored";
        run.read.images++;
      } else unread.set(candidate.place, candidate);
    }
    if (unread.size === 0) return;
    const places = `[${[...unread.keys()].join()}]`; // JSON.stringify takes no bigint
    const images = source.read(() => imageRows.all([places]) as [bigint, Buffer][]);
    for (const [place, bytes] of images) {
      const { record, rawId } = unread.get(place)!;
      const mediaType: ImageMediaType | null = imageMediaTypeOf(bytes);
      if (mediaType) {
        record.outputImage = { mediaType, bytes };
        run.read.images++;
      } else run.skipped.add("image", "its type is not a supported image type", rawId);
    }
  }

  function addEmbeddings(run: SourceRun, piece: Candidate[]): void {
    const invocations = new Map(piece.map((candidate) => [candidate.rawId, candidate]));
    const rows = [...rowsOf<EmbeddingRow>(embeddingRows, [JSON.stringify([...invocations.keys()])])];
    rows.sort((a, b) => Buffer.compare(a.id ?? Buffer.alloc(0), b.id ?? Buffer.alloc(0)));
    run.rows += rows.length;
    for (const row of rows) {
      const { embeddings } = invocations.get(row.invocationId)!.record;
      const embedding = embeddingOf(row, embeddings);
      if (typeof embedding === "string") {
        run.skipped.add("embedding", embedding, shown(row.id));
        continue;
      }
      takenEmbeddings.add(row.digits, run);
      embeddings.push(embedding);
      const { embeddings: counts } = run.read;
      counts[embedding.embeddingModel] = (counts[embedding.embeddingModel] ?? 0) + 1;
    }
  }

  /** @returns the embedding, or the reason why it is not usable */
  function embeddingOf(row: EmbeddingRow, others: EmbeddingRecord[]): EmbeddingRecord | string {
    if (row.idType !== "text") return reasons.idNotText;
    const id = uuidOf(text(row.id));
    if (!id) return reasons.idNoUuid;
    const embeddingModel = text(row.model);
    if (!embeddingModel?.trim()) return "it has no embedding model";
    if (row.vectorType === "null") return "it has no vector";
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

/**
 * Converts a UUID that is written as 32 hex digits, as SQLModel writes it, or in the usual form with hyphens
 * to the latter; null if the text is not a UUID.
 */
function uuidOf(text: string | null | undefined): string | null {
  const groups = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/i.exec(
    text ?? "",
  );
  if (!groups) return null;
  const [, first, , ...others] = groups;
  return [first, ...others].join("-").toLowerCase();
}

function networkOf(json: string | null | undefined): string[] | null {
  let network: unknown;
  try {
    network = JSON.parse(json ?? "");
  } catch {
    return null;
  }
  const isNetwork =
    Array.isArray(network) &&
    network.length > 0 &&
    network.length <= mostModels &&
    network.every((model) => typeof model === "string" && model.trim() !== "" && unstorable(model) === null);
  return isNetwork ? (network as string[]) : null;
}

/** Returns the value, or undefined if it is neither a whole number nor null. */
function wholeNumber(value: unknown): bigint | null | undefined {
  return value === null || typeof value === "bigint" ? value : undefined;
}
