import type { Fields, RowFault } from "../table/rowValues.js";
import type { TableRow } from "../table/tableReader.js";
import {
  isFields,
  isGiven,
  type OutputText,
  onlyToolCalls,
  outputTextOf,
  questionOf,
  readJson,
} from "./chatText.js";
import { embeddingOf } from "./embeddings.js";
import { type FlatFields, firstField, flatFields, itemsOf } from "./flatFields.js";
import {
  type FieldsOfSpans,
  identityOf,
  type KeptFields,
  promptOf,
  type Span,
  type SpanKind,
  spanInvocation,
  withStorableInput,
} from "./span.js";
import { nanosecondsOf } from "./time.js";

/** Fields whose text is JSON or, in the CSV of a data frame, what Python prints, unless they have been read already. */
const jsonFields = new Set([
  ...["context", "attributes", "attributes.metadata", "attributes.tag.tags"],
  ...["attributes.llm.input_messages", "attributes.llm.output_messages"],
  ...["attributes.llm.invocation_parameters", "attributes.embedding.invocation_parameters"],
  "attributes.embedding.embeddings",
]);

const wholeFields = new Set(["attributes.input.value", "attributes.output.value", "events"]);

/** What becomes part of a run or of an invocation, and is therefore not metadata; nor are times, which are columns. */
const recordedFields =
  /^(?:context|span_id|spanId|start_time|startTime|end_time|endTime|events|id|span_kind|spanKind|attributes\.(?:session\.id|openinference\.span\.kind|llm\.model_name))(?:\.|$)/;

/** Texts of any length and vectors: what models read and wrote besides the output, and what tools were offered. */
const largeFields =
  /^attributes\.(?:input|output|embedding\.embeddings|retrieval|reranker|llm\.(?:input_messages|output_messages|prompts|choices|completions|tools|functions|prompt_template\.(?:template|variables)))(?:\.|$)/;

const kinds: Record<string, SpanKind> = { LLM: "model", CHAIN: "chain", EMBEDDING: "embedding" };

/**
 * Reads a span as Phoenix exports it, in any of its layouts: a JSON object per span with the attributes nested or with
 * dotted names, or a table with a column for each attribute.
 *
 * @returns the reason if the row cannot be placed in a run
 */
export function openInferenceSpan(row: TableRow, { isOwn, isVector }: FieldsOfSpans): Span | RowFault {
  const cells = Object.fromEntries(Object.entries(row.cells).filter(([column]) => !isOwn(column)));
  const fields = flatFields(cells, {
    isWhole: (path) => wholeFields.has(path),
    isJson: (path) => jsonFields.has(path),
  });
  const attribute = (name: string) => firstField(fields, `attributes.${name}`);
  const start = firstField(fields, "start_time", "startTime");
  const end = firstField(fields, "end_time", "endTime");
  const identity = identityOf(row, {
    traceId: firstField(fields, "context.trace_id", "context.traceId", "trace_id", "traceId"),
    id: firstField(fields, "context.span_id", "context.spanId", "span_id", "spanId"),
    session: attribute("session.id"),
    start,
    what: "span",
  });
  const unreadable = (field: string) => unreadableText(fields, field);
  if ("reason" in identity) return { ...identity, reason: unreadable("context") ?? identity.reason };

  const ofKind = String(
    attribute("openinference.span.kind") ?? firstField(fields, "span_kind", "spanKind") ?? "",
  );
  const kindName = ofKind.toUpperCase();
  const kind = kinds[kindName] ?? "other";
  const input = inputOf(fields);
  const isError = /ERROR$/i.test(String(firstField(fields, "status_code", "statusCode") ?? ""));
  const span: Span = {
    ...identity,
    kind,
    written: nanosecondsOf(end) ?? identity.start,
    input: promptOf(input),
    invocation: null,
    fault: null,
    embeddings: [],
  };
  if (isError && kind !== "other") span.fault = "it ended with an error";
  else if (kind === "embedding") {
    span.embeddings = embeddingsOf(span, fields);
    if (span.embeddings.length === 0)
      span.fault =
        unreadable("attributes.embedding.embeddings") ?? unreadable("attributes") ?? "it has no embeddings";
  } else if (kind === "other") {
    const shown = kindName === "" ? "it has no kind" : `its kind is ${kindName}`;
    const ofAttributes = kindName === "" ? unreadable("attributes") : null;
    span.fault = ofAttributes ?? `${shown}: only outputs of models become invocations`;
  } else {
    const invocation = spanInvocation(
      span,
      outputOf(fields),
      attribute("llm.model_name"),
      end,
      keptFields(fields, isVector),
    );
    if (typeof invocation === "string")
      span.fault = unreadable("attributes.llm.output_messages") ?? unreadable("attributes") ?? invocation;
    else span.invocation = invocation;
  }
  return withStorableInput(span, input);
}

/** Lists and objects as Python or NumPy prints them, with something in them that cannot be read. */
const printedByPython = /^(?:\[\s*)*(?:\{\s*'|array\(|\(|[-+.\d]+\s+[-+.\d]|')/;

/** Why a field of a list or of fields is only text; null if it is absent, or has been read. */
function unreadableText(fields: FlatFields, field: string): string | null {
  const text = fields.get(field);
  if (typeof text !== "string" || !/^\s*(?:[[{(]|array\()/.test(text)) return null;
  return printedByPython.test(text.trim())
    ? `its ${field} is text as Python prints it, with values that cannot be read from it, such as arrays of NumPy: export the spans by to_json(FILE, orient="records", lines=True) or to_parquet(FILE)`
    : `its ${field} is not valid JSON`;
}

function inputOf(fields: FlatFields): string | null {
  const input = fields.get("attributes.input.value");
  if (typeof input === "string") return input;
  return questionOf(isGiven(input) ? input : messagesOf(fields, "attributes.llm.input_messages"));
}

/**
 * The text of the output messages or, if there is none, the value of the output. If the messages only call tools, a
 * value that is JSON is the response of a model's API with these calls.
 */
function outputOf(fields: FlatFields): OutputText {
  const ofMessages = outputTextOf(messagesOf(fields, "attributes.llm.output_messages"));
  if ("text" in ofMessages) return ofMessages;
  const value = fields.get("attributes.output.value");
  const isText = typeof value === "string" && value.trim() !== "" && readJson(value) === undefined;
  return ofMessages === onlyToolCalls && !isText ? ofMessages : outputTextOf(value);
}

/** The messages in the form in which models' APIs have them; null if there are none. */
function messagesOf(fields: FlatFields, list: string): object[] | null {
  const texts = fields.get(list);
  if (Array.isArray(texts)) return texts.map((content) => ({ content }));
  const messages = itemsOf(fields, list).map((item) => {
    const field = (name: string) =>
      firstField(item, `message.${name}`, name, ...(name === "content" ? [""] : []));
    const parts = ["message.contents", "contents", "message.content", "content"]
      .flatMap((name) => itemsOf(item, name))
      .map((part) => ({ text: firstField(part, "message_content.text", "text", "") }));
    const calls = [...item.keys()].filter((path) =>
      /^(?:message\.)?(?:tool_calls|function_call)\b/.test(path),
    );
    return {
      role: field("role") ?? "",
      content: field("content") ?? parts,
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  });
  return messages.length > 0 ? messages : null;
}

function embeddingsOf(span: Pick<Span, "number" | "id">, fields: FlatFields): Span["embeddings"] {
  const model = firstField(
    fields,
    "attributes.embedding.model_name",
    "attributes.llm.model_name",
    "attributes.embedding.invocation_parameters.model",
  );
  return itemsOf(fields, "attributes.embedding.embeddings").map((item, at) =>
    embeddingOf(span, {
      at,
      model,
      text: firstField(item, "embedding.text", "text"),
      vector: firstField(item, "embedding.vector", "vector"),
    }),
  );
}

function keptFields(fields: FlatFields, isVector: FieldsOfSpans["isVector"]): KeptFields {
  const traceId = firstField(fields, "context.trace_id", "context.traceId", "trace_id", "traceId");
  const kept: KeptFields = { metadata: [["trace_id", traceId]], vectors: [] };
  for (const [path, value] of fields) {
    if (recordedFields.test(path) || largeFields.test(path) || isFields(value)) continue;
    const field: Fields[number] = [path.replace(/^attributes\./, ""), value];
    (isVector(path, value) ? kept.vectors : kept.metadata).push(field);
  }
  return kept;
}
