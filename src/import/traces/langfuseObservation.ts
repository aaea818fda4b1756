import { isExactNumber, isQuotedNumber } from "../table/exactJson.js";
import { type RowFault, textOf } from "../table/rowValues.js";
import type { TableRow } from "../table/tableReader.js";
import { isFields, isGiven, outputTextOf, questionOf, readJson, withoutRepeated } from "./chatText.js";
import { embeddingOf } from "./embeddings.js";
import { flatFields } from "./flatFields.js";
import {
  type FieldsOfSpans,
  identityOf,
  type KeptFields,
  promptOf,
  type Span,
  type SpanEmbedding,
  spanInvocation,
  withStorableInput,
} from "./span.js";
import { nanosecondsOf } from "./time.js";

/** What becomes part of a run or of an invocation, and is therefore not metadata. */
const recordedFields = new Set([
  ...["id", "type", "session_id", "input", "output", "provided_model_name", "model"],
  ...["start_time", "end_time", "completion_start_time"],
]);

/**
 * What is not kept: when Langfuse wrote the row and how its pages show it, which change although the observation does
 * not; and what tools were offered and called.
 */
const leftOutFields = new Set([
  ...["created_at", "updated_at", "bookmarked", "public"],
  ...["tool_definitions", "tool_calls", "total_price", "input_price", "output_price"],
]);

/** Fields that CSV and Parquet hold as JSON in a text. */
const jsonFields = new Set([
  ...["metadata", "tags", "model_parameters", "usage", "usage_details", "cost_details"],
  ...["provided_usage_details", "provided_cost_details", "tool_call_names"],
]);

/** Fields that CSV holds as the text of a number. */
const numberFields = /^(?:prompt_version|total_cost|latency|time_to_first_token|(?:usage|cost)_details\..*)$/;

/** The types of observations, by which a file of them is recognised. */
export const observationTypes = new Set([
  ...[
    "SPAN",
    "GENERATION",
    "EVENT",
    "EMBEDDING",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "GUARDRAIL",
  ],
]);

/** A name as Langfuse's exports have it, of one as its API has it. */
export function exportedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Reads an observation of Langfuse, with names as its exports or as its API has them.
 *
 * @returns the reason if the row cannot be placed in a run
 */
export function langfuseObservation(row: TableRow, { isOwn, isVector }: FieldsOfSpans): Span | RowFault {
  const cells: Record<string, unknown> = Object.create(null);
  for (const [column, value] of Object.entries(row.cells)) {
    const given = value instanceof Uint8Array ? textOf(value) : value; // a text that the file does not declare as such
    if (!isOwn(column) && isGiven(given)) cells[exportedName(column)] = given;
  }
  const { input = null, output = null, end_time: end = null } = cells;
  const model = cells.provided_model_name ?? cells.model ?? null;
  const identity = identityOf(row, {
    traceId: cells.trace_id,
    id: cells.id,
    session: cells.session_id,
    start: cells.start_time,
    what: "observation",
  });
  if ("reason" in identity) return identity;

  const type = String(cells.type ?? "").toUpperCase();
  const kind = type === "GENERATION" ? "model" : type === "EMBEDDING" ? "embedding" : "other";
  const question = questionOf(input);
  const span: Span = {
    ...identity,
    kind,
    written: nanosecondsOf(cells.updated_at) ?? nanosecondsOf(end) ?? identity.start,
    input: promptOf(question),
    invocation: null,
    fault: null,
    embeddings: [],
  };
  if (kind === "other") {
    const shown = type === "" ? "it has no type" : `its type is ${type}`;
    span.fault = `${shown}: only outputs of models become invocations`;
  } else if (String(cells.level ?? "").toUpperCase() === "ERROR") {
    span.fault = "it ended with an error";
  } else if (kind === "embedding") {
    span.embeddings = embeddingsOf(span, input, output, model);
  } else {
    const invocation = spanInvocation(span, outputTextOf(output), model, end, keptFields(cells, isVector));
    if (typeof invocation === "string") span.fault = invocation;
    else span.invocation = invocation;
  }
  return withStorableInput(span, question);
}

/** The embeddings of one text or of several. Most programs do not write their vectors to Langfuse. */
function embeddingsOf(
  span: Pick<Span, "number" | "id">,
  input: unknown,
  output: unknown,
  model: unknown,
): SpanEmbedding[] {
  const given = jsonOr(input, "input");
  const asked = isFields(given) ? (given.input ?? given.texts ?? given.text) : given;
  const texts = Array.isArray(asked) ? asked : [asked];
  const answered = jsonOr(output, "output");
  const answer = isFields(answered)
    ? (answered.data ?? answered.embeddings ?? answered.embedding ?? answered.vector)
    : answered;
  const isOne = !Array.isArray(answer) || typeof answer[0] === "number" || isQuotedNumber(answer[0]);
  const vectors = isOne ? [answer] : answer.map((item) => (isFields(item) ? item.embedding : item));
  return texts.map((text, at) => embeddingOf(span, { at, model, text, vector: vectors[at] }));
}

/** A value, or the one that a text holds as JSON. */
function jsonOr(value: unknown, what: string): unknown {
  return typeof value === "string" ? (withoutRepeated(readJson(value), what) ?? value) : value;
}

function keptFields(cells: Record<string, unknown>, isVector: FieldsOfSpans["isVector"]): KeptFields {
  const others = Object.entries(cells).filter(
    ([name]) => !recordedFields.has(name) && !leftOutFields.has(name),
  );
  const kept: KeptFields = { metadata: [], vectors: [] };
  for (const [name, value] of flatFields(Object.fromEntries(others), {
    isJson: (path) => jsonFields.has(path),
  })) {
    if (isVector(name, value)) kept.vectors.push([name, value]);
    else kept.metadata.push([name, numberFields.test(name) ? numberOf(value) : value]);
  }
  return kept;
}

function numberOf(value: unknown): unknown {
  return typeof value === "string" && isExactNumber(value) ? Number(value) : value;
}
