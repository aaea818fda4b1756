import { longestExternalId } from "../../database/recording/metadata.js";
import { characterFault } from "../characterFault.js";
import { type Fields, metadataOf, type RowFault, type RowMetadata, textOf } from "../table/rowValues.js";
import { shownFault, shownValue, type TableRow } from "../table/tableReader.js";
import { unknownModel } from "../unknownModel.js";
import type { OutputText } from "./chatText.js";
import { nanosecondsOf } from "./time.js";

/** One step of a trace: a span of OpenInference, or an observation of Langfuse. */
export interface Span {
  /** The number of its row, from 1. */
  number: number;
  traceId: string;
  id: string;
  /** The session that the span itself names; other spans of its trace may name one for it. */
  session: string | null;
  /** Nanoseconds since 1970. */
  start: bigint;
  kind: SpanKind;
  /** Nanoseconds since 1970; of several rows for the same span, the one that was written last is used. */
  written: bigint;
  input: string | null;
  /** What it records as an invocation; null if it is not recorded as one. */
  invocation: SpanInvocation | null;
  /** Why the row is left out, whatever else is in its trace; null if it is not. */
  fault: string | null;
  embeddings: SpanEmbedding[];
}

/**
 * What a span can be: an invocation ("model"), an invocation only in runs without a span that calls a model ("chain"),
 * embeddings, or only a part of the trace.
 */
export type SpanKind = "model" | "chain" | "embedding" | "other";

export interface SpanInvocation extends RowMetadata {
  text: string;
  model: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number | null;
  /** The end, if it cannot be read. */
  unreadableEnd: string | null;
}

export interface SpanEmbedding {
  embeddingModel: string;
  /** Whether it is of the span's own output, and not of a text that the span embeds. */
  isOwn: boolean;
  /** The text that was embedded; empty if it is missing, and for the span's own output. */
  text: string;
  vector: Float32Array | RowFault;
}

/** What the formats call the fields that every span has. */
export interface SpanIdentity {
  traceId: unknown;
  id: unknown;
  session: unknown;
  start: unknown;
  /** What the format calls a row: span or observation. */
  what: string;
}

/** What the caller knows of the columns and fields of rows. */
export interface FieldsOfSpans {
  /** Whether a column is one that the caller reads. */
  isOwn(column: string): boolean;
  /** Whether a field, by its path in the row, holds a vector, so that it is no metadata. */
  isVector(path: string, value: unknown): boolean;
}

/** The fields of a row that are worth keeping, and those that would be if they did not hold vectors. */
export interface KeptFields {
  metadata: Fields;
  vectors: Fields;
}

/** The row of a span as the example of what is left out. */
export function shownSpan(row: number, id: string | null, value = ""): string {
  return `row ${row}${id === null ? "" : `, ${shownValue(id)}`}${value && `: ${value}`}`;
}

/** @returns the reason if a row lacks what places it in a run */
export function identityOf(
  { number, fault, faultExample }: TableRow,
  { traceId, id, session, start, what }: SpanIdentity,
): Pick<Span, "number" | "traceId" | "id" | "session" | "start"> | RowFault {
  const ofSpan = nameOf(id);
  const example = (value?: unknown) =>
    shownSpan(
      number,
      typeof ofSpan === "string" ? ofSpan : null,
      value === undefined ? "" : shownValue(value),
    );
  if (fault !== null) return { reason: fault, example: shownFault({ number, faultExample }) };
  if (ofSpan === null) return { reason: `it has no ${what} id`, example: `row ${number}` };
  const idFault =
    typeof ofSpan !== "string"
      ? ofSpan.fault
      : ofSpan.length > longestExternalId
        ? `is longer than ${longestExternalId} characters`
        : null;
  if (typeof ofSpan !== "string" || idFault !== null) {
    return { reason: `its ${what} id ${idFault}`, example: `row ${number}: ${shownValue(id)}` };
  }
  const ofTrace = nameOf(traceId);
  if (ofTrace === null) return { reason: "it has no trace id", example: example() };
  const ofSession = nameOf(session);
  if (typeof ofTrace !== "string") {
    return { reason: `its trace id ${ofTrace.fault}`, example: example(traceId) };
  }
  if (typeof ofSession === "object" && ofSession !== null) {
    return { reason: `its session id ${ofSession.fault}`, example: example(session) };
  }
  if (start === null || start === undefined || start === "") {
    return { reason: "it has no start time", example: example() };
  }
  const nanoseconds = nanosecondsOf(start);
  if (nanoseconds === null) return { reason: "its start time cannot be read", example: example(start) };
  return { number, traceId: ofTrace, id: ofSpan, session: ofSession, start: nanoseconds };
}

/** A name that the database can store; null if there is none, and what is wrong with it if it cannot. */
function nameOf(value: unknown): string | null | { fault: string } {
  const text = textOf(value);
  if (text === undefined) return { fault: "is not text" };
  if (text === null || text.trim() === "") return null;
  const fault = characterFault(text);
  return fault === null ? text : { fault };
}

/** An input that can be a run's initial prompt; null if there is none. */
export function promptOf(input: string | null): string | null {
  return input !== null && input.trim() !== "" && characterFault(input) === null ? input : null;
}

/** The span, left out if its input cannot be stored: otherwise its run would lose the prompt without a word. */
export function withStorableInput(span: Span, input: string | null): Span {
  const fault = input === null ? null : characterFault(input);
  return fault === null ? span : { ...span, fault: `its input ${fault}`, invocation: null, embeddings: [] };
}

/**
 * What a span records as an invocation.
 *
 * @returns the reason if it cannot be one
 */
export function spanInvocation(
  { start }: Pick<Span, "start">,
  output: OutputText,
  model: unknown,
  end: unknown,
  { metadata, vectors }: KeptFields,
): SpanInvocation | string {
  if ("reason" in output) return output.reason;
  const fault = characterFault(output.text);
  if (fault !== null) return `its output ${fault}`;
  const ofModel = nameOf(model);
  if (typeof ofModel === "object" && ofModel !== null) return `its model ${ofModel.fault}`;
  const completed = end === null || end === undefined || end === "" ? null : nanosecondsOf(end);
  const isUnreadable = completed === null && end !== null && end !== undefined && end !== "";
  return {
    text: output.text,
    model: ofModel ?? unknownModel,
    startedAt: Number(start / 1_000_000n),
    completedAt: completed === null ? null : Number(completed / 1_000_000n),
    unreadableEnd: isUnreadable ? shownValue(end) : null,
    ...metadataOf(metadata, "the other fields of the row", vectors),
  };
}
