/** A span before it is written in one of the layouts in which Phoenix exports spans. */
export interface WrittenSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentId: string | null;
  kind: string;
  /** Nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  status: string;
  /** With dotted names; lists of objects have their indices as names. */
  attributes: Record<string, unknown>;
}

const traceCount = 40;
const sessionCount = 15;
const dimensions = 6;

/** Traces whose call of a model calls a tool instead of answering, and whose call fails. */
const toolCallTrace = 7;
const failedTrace = 11;

const start = 1_772_355_600_000_000_000n; // 2026-03-01 09:00 UTC
const hex = (number: number, length: number) => number.toString(16).padStart(length, "0");

/** The span id of a trace's call of a model. */
export const modelSpanId = (trace: number) => hex(trace * 16 + 3, 16);

/** Whether a trace has an answer. */
export const isAnswered = (trace: number) => trace !== toolCallTrace && trace !== failedTrace;

export const answerOf = (trace: number) => `The answer to question ${trace}, of topic ${trace % 3}.`;

/** Near one of three corners, so that the answers of each topic are a cluster. */
export const vectorOf = (trace: number) =>
  Array.from({ length: dimensions }, (_, i) => (i === trace % 3 ? 1 : (trace % 7) / 1000 + i / 100_000));

/** What an import of `phoenixSpans` takes and leaves out. */
export const phoenixCounts = {
  spans: 200,
  runs: sessionCount,
  invocations: traceCount - 2,
  embeddings: traceCount - 2,
  /** Of the kinds chain, retriever and tool, and the two calls of models without an answer. */
  rowsLeftOut: 3 * traceCount + 2,
  /** Every question, and the two answers that no invocation has. */
  embeddingsLeftOut: traceCount + 2,
};

/**
 * 200 spans of 40 traces in 15 sessions, as an instrumented application of five steps gives them: a chain, which calls
 * a retriever, a tool, a model, and embeds the question and the answer.
 */
export function phoenixSpans(): WrittenSpan[] {
  return Array.from({ length: traceCount }, (_, trace) => {
    const traceId = hex(trace + 1, 32);
    const root = hex(trace * 16, 16);
    const question = `Question ${trace}?`;
    const span = (step: number, kind: string, attributes: Record<string, unknown>): WrittenSpan => {
      const began = start + BigInt(trace) * 60_000_000_000n + BigInt(step) * 1_000_000_789n;
      return {
        ...{ name: `${kind.toLowerCase()} of ${trace}`, traceId, kind },
        ...{ spanId: hex(trace * 16 + step, 16), parentId: step === 0 ? null : root },
        ...{ start: began, end: began + 500_000_000n },
        status: step === 3 && trace === failedTrace ? "ERROR" : "OK",
        attributes: {
          "openinference.span.kind": kind,
          "session.id": `session ${trace % sessionCount}`,
          ...attributes,
        },
      };
    };
    return [
      span(0, "CHAIN", { "input.value": question, "output.value": answerOf(trace) }),
      span(1, "RETRIEVER", {
        "input.value": question,
        "retrieval.documents.0.document.content": "A document.",
        "retrieval.documents.0.document.score": 0.5,
      }),
      span(2, "TOOL", { "tool.name": "clock", "output.value": "9:00" }),
      span(3, "LLM", {
        "input.value": JSON.stringify({ messages: [{ role: "user", content: question }] }),
        "input.mime_type": "application/json",
        "llm.model_name": trace % 2 === 0 ? "gpt-4o" : "claude",
        "llm.token_count.prompt": 10 + trace,
        "llm.invocation_parameters": JSON.stringify({ temperature: 0.5 }),
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": question,
        "llm.output_messages.0.message.role": "assistant",
        "tag.tags": ["test", "phoenix"],
        ...(trace === toolCallTrace
          ? { "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "clock" }
          : trace !== failedTrace && { "llm.output_messages.0.message.content": answerOf(trace) }),
      }),
      span(4, "EMBEDDING", {
        "embedding.model_name": "small",
        "embedding.embeddings.0.embedding.text": question,
        "embedding.embeddings.0.embedding.vector": vectorOf(trace).map((number) => -number),
        "embedding.embeddings.1.embedding.text": answerOf(trace),
        "embedding.embeddings.1.embedding.vector": vectorOf(trace),
      }),
    ];
  }).flat();
}

/** The layouts of Phoenix's exports, as objects that become lines of JSON. */
export const phoenixLayouts: Record<string, (span: WrittenSpan) => object> = {
  "attributes with dotted names": (span) => ({
    ...common(span),
    ...{ start_time: iso(span.start, "+00:00"), end_time: iso(span.end, "+00:00") },
    attributes: span.attributes,
  }),
  "nested attributes": (span) => ({
    ...common(span),
    ...{ start_time: iso(span.start, "Z"), end_time: iso(span.end, "Z") },
    attributes: nested(span.attributes),
  }),
  "attributes as JSON in a text": (span) => ({
    ...common(span),
    ...{ start_time: String(span.start), end_time: String(span.end) },
    attributes: JSON.stringify(nested(span.attributes)),
  }),
  "lists of messages with dotted names": (span) => ({
    ...common(span),
    ...{ start_time: iso(span.start, "Z"), end_time: iso(span.end, "Z") },
    attributes: dottedLists(span.attributes),
  }),
  "a data frame's columns": ({ attributes, ...span }) => ({
    ...{ name: span.name, span_kind: span.kind, parent_id: span.parentId, status_code: span.status },
    ...{ "context.trace_id": span.traceId, "context.span_id": span.spanId },
    ...{ start_time: Number(span.start / 1_000_000n), end_time: Number(span.end / 1_000_000n) },
    ...Object.fromEntries(
      Object.entries(dottedLists(attributes)).map(([name, value]) => [`attributes.${name}`, value]),
    ),
    "attributes.metadata": null, // the columns of other spans
  }),
};

const common = ({ name, traceId, spanId, parentId, kind, status }: WrittenSpan) => ({
  ...{ name, context: { trace_id: traceId, span_id: spanId }, span_kind: kind, parent_id: parentId },
  ...{ status_code: status, status_message: "", events: [] },
});

function iso(nanoseconds: bigint, zone: string): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, -".000Z".length);
  return `${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, "0")}${zone}`;
}

/** Objects within objects, and lists instead of indices as names. */
function nested(attributes: Record<string, unknown>): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(attributes)) {
    const names = path.split(".");
    let at = root;
    for (const [i, name] of names.entries()) {
      if (i === names.length - 1) at[name] = value;
      else {
        at[name] ??= /^\d+$/.test(names[i + 1]) ? [] : {};
        at = at[name] as Record<string, unknown>;
      }
    }
  }
  return root;
}

/** Lists of objects whose names stay dotted. */
function dottedLists(attributes: Record<string, unknown>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(attributes)) {
    const [, list, index, name] = /^(.*?)\.(\d+)\.(.*)$/.exec(path) ?? [];
    if (list === undefined) found[path] = value;
    else {
      const items = (found[list] ?? []) as Record<string, unknown>[];
      items[Number(index)] = { ...items[Number(index)], [name]: value };
      found[list] = items;
    }
  }
  return found;
}
