import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { metadataText } from "../../src/database/recording/metadata.js";
import { recognisedFormat } from "../../src/import/recognisedFormat.js";
import { RunFileError } from "../../src/import/runSource.js";
import { importTraces } from "../../src/import/traces/importTraces.js";
import { nanosecondsOf } from "../../src/import/traces/time.js";
import type { TraceOptions } from "../../src/import/traces/traceOptions.js";
import { recordedRows } from "../recordedRows.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";
import {
  answerOf,
  modelSpanId,
  phoenixCounts,
  phoenixLayouts,
  phoenixSpans,
  vectorOf,
} from "./phoenixFixture.js";
import { printedByPython } from "./printedByPython.js";
import { left, skippedOf, takenRows } from "./reportedRows.js";

let temporary: ImportFolder["temporary"];
let importing: ImportFolder["importing"];
let folder: string;
let file: ImportFolder["file"];
let close: ImportFolder["close"];
beforeAll(async () => {
  ({ temporary, importing, folder, file, close } = await openImportFolder());
});
afterAll(() => close());
beforeEach(clear);

/** Deletes everything that is recorded. */
async function clear() {
  const { prisma } = temporary.app.database;
  await prisma.embedding.deleteMany();
  await prisma.embeddingModel.deleteMany();
  await prisma.invocation.updateMany({ data: { inputInvocationId: null } });
  await prisma.invocation.deleteMany();
  await prisma.run.deleteMany();
}

const lines = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const importFile = (path: string, options: Partial<TraceOptions> = {}) =>
  importTraces(importing, { path, shownPath: path, format: "openinference", ...options });

const importSpans = (rows: unknown[]) => importFile(file("spans.jsonl", lines(rows)));
const importObservations = (rows: unknown[]) =>
  importFile(file("observations.jsonl", lines(rows)), { format: "langfuse" });

/** Everything that is recorded, run by run, but for the order of the runs and times of recording. */
async function recorded() {
  const runs = await temporary.app.database.prisma.run.findMany({
    orderBy: { id: "asc" },
    include: {
      invocations: {
        orderBy: { sequenceNumber: "asc" },
        include: { embeddings: { include: { embeddingModel: true }, orderBy: { id: "asc" } } },
      },
    },
  });
  return runs.map(({ id, network, initialPrompt, metadata, invocations }) => ({
    ...{ id, network: JSON.parse(network), initialPrompt, metadata: metadata && JSON.parse(metadata) },
    invocations: invocations.map(
      ({
        id,
        externalId,
        sequenceNumber,
        model,
        outputText,
        startedAt,
        completedAt,
        metadata,
        embeddings,
      }) => ({
        ...{ id, externalId, sequenceNumber, model, outputText, startedAt, completedAt },
        metadata: metadata && JSON.parse(metadata),
        embeddings: embeddings.map(({ embeddingModel, vector }) => ({
          model: embeddingModel.name,
          vector: [...new Float32Array(new Uint8Array(vector).buffer)],
        })),
      }),
    ),
  }));
}

/** A span of Phoenix's with dotted names; of `fields`, what is undefined is absent. */
function span(id: string, attributes: Record<string, unknown>, fields: Record<string, unknown> = {}) {
  return {
    name: id,
    context: { trace_id: "trace", span_id: id },
    span_kind: "LLM",
    parent_id: null,
    start_time: "2026-03-01T09:00:00Z",
    end_time: "2026-03-01T09:00:01Z",
    status_code: "OK",
    attributes: { "output.value": `output of ${id}`, ...attributes },
    ...fields,
  };
}

/** An observation of Langfuse's API. */
const observation = (id: string) => ({
  ...{ id, traceId: "trace", type: "GENERATION", name: id },
  ...{ startTime: "2026-03-01T09:00:00Z", output: `output of ${id}` },
});

const embeddingSpan = (id: string, embedded: [string, unknown][], fields: Record<string, unknown> = {}) =>
  span(
    id,
    {
      "embedding.model_name": "small",
      ...Object.fromEntries(
        embedded.flatMap(([text, vector], i) => [
          [`embedding.embeddings.${i}.embedding.text`, text],
          [`embedding.embeddings.${i}.embedding.vector`, vector],
        ]),
      ),
    },
    { span_kind: "EMBEDDING", ...fields },
  );

test.each(Object.entries(phoenixLayouts))("an export of Phoenix comes in whole: %s", async (_, layout) => {
  const path = file("spans.jsonl.gz", gzipSync(lines(phoenixSpans().map(layout))));
  const { runs, invocations, embeddings, rowsLeftOut, embeddingsLeftOut } = phoenixCounts;
  const report = await importFile(path);
  expect(takenRows(report)).toEqual([runs, invocations, embeddings]);
  expect([left(report, "row"), left(report, "embedding")]).toEqual([rowsLeftOut, embeddingsLeftOut]);
  const shown = skippedOf(report).map((text) => text.replace(/ \(row .*/, ""));
  expect(shown).toEqual([
    "1 row: it ended with an error",
    "1 row: its output is tool calls, not text",
    "40 row: its kind is CHAIN: its run has calls of models, which are its invocations",
    "40 row: its kind is RETRIEVER: only outputs of models become invocations",
    "40 row: its kind is TOOL: only outputs of models become invocations",
    "42 embedding: no invocation of its session or trace has its text as output",
  ]);

  const stored = await recorded();
  const run = stored.find(({ metadata }) => metadata.session_id === "session 1");
  expect(run).toMatchObject({
    network: ["claude", "gpt-4o"],
    initialPrompt: "Question 1?",
    metadata: { session_id: "session 1" },
  });
  // The traces 1, 16 and 31 are of this session.
  expect(run!.invocations.map(({ externalId, outputText }) => [externalId, outputText])).toEqual(
    [1, 16, 31].map((trace) => [modelSpanId(trace), answerOf(trace)]),
  );
  expect(run!.invocations[1]).toMatchObject({
    model: "gpt-4o",
    startedAt: new Date("2026-03-01T09:16:03.000Z"),
    completedAt: new Date("2026-03-01T09:16:03.500Z"),
    metadata: {
      name: "llm of 16",
      trace_id: "00000000000000000000000000000011",
      parent_id: "0000000000000100",
      status_code: "OK",
      "llm.token_count.prompt": 26,
      "llm.invocation_parameters.temperature": 0.5,
      "tag.tags": ["test", "phoenix"],
    },
    embeddings: [{ model: "small", vector: [...Float32Array.from(vectorOf(16))] }],
  });

  const again = await importFile(path);
  expect(takenRows(again)).toEqual([0, 0, 0]);
  expect(again.alreadyThere).toMatchObject({ runs, invocations, embeddings: { small: embeddings } });
  expect(again.skipped).toEqual(report.skipped);
});

test("every layout of an export records the same rows", async () => {
  const [first, ...others] = Object.values(phoenixLayouts);
  await importFile(file("spans.jsonl", lines(phoenixSpans().map(first))));
  const before = await recorded();
  for (const layout of others) {
    const report = await importFile(file("spans.jsonl", lines(phoenixSpans().map(layout))));
    expect(takenRows(report)).toEqual([0, 0, 0]);
    expect(left(report, "run")).toBe(0);
  }
  expect(await recorded()).toEqual(before);
});

const times = [1, 2, 3].map((second) => `2026-03-01T09:00:0${second}.000000001Z`);
const drawnSpan = fc.record({
  trace: fc.constantFrom("a", "b", "c"),
  id: fc.constantFrom("1", "2", "3", "4", "5", "6", "7", "8"),
  session: fc.constantFrom(undefined, undefined, "s", "t"),
  kind: fc.constantFrom("LLM", "LLM", "CHAIN", "EMBEDDING", "EMBEDDING", "TOOL"),
  start: fc.constantFrom(...times),
  end: fc.constantFrom(undefined, ...times),
  input: fc.constantFrom(undefined, "in", "put"),
  output: fc.constantFrom("x", "y", "__REDACTED__"),
  model: fc.constantFrom("m", "n"),
  vectors: fc.array(fc.constantFrom([1, 2], [2, 1], [1, 2, 3]), { minLength: 1, maxLength: 2 }),
});

test("the order of the rows does not matter", async () => {
  const shuffledSpans = fc
    .array(drawnSpan, { minLength: 1, maxLength: 25 })
    .chain((spans) => fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length })));
  await fc.assert(
    fc.asyncProperty(shuffledSpans, async (orders) => {
      const results: unknown[] = [];
      for (const spans of orders) {
        const rows = spans.map(({ trace, id, session, kind, start, end, input, output, model, vectors }) => ({
          ...embeddingSpan(
            id,
            vectors.map((vector, i) => [["x", "y"][i], vector]),
          ),
          context: { trace_id: trace, span_id: id },
          ...{ span_kind: kind, start_time: start, end_time: end },
          attributes: {
            ...embeddingSpan(
              id,
              vectors.map((vector, i) => [["x", "y"][i], vector]),
            ).attributes,
            "session.id": session,
            "input.value": input,
            "output.value": output,
            "llm.model_name": model,
          },
        }));
        await clear();
        const { skipped, ...counts } = await importSpans(rows);
        // Only the examples, of which each is the first row of its reason, depend on the order.
        const reasons = skipped.map(({ what, reason, count }) => `${count} ${what}: ${reason}`).sort();
        results.push({ counts, reasons, rows: await recorded() });
      }
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: 12 },
  );
});

test("rows that cannot be used are left out by reason, and the others are recorded", async () => {
  const report = await importFile(
    file(
      "spans.jsonl",
      [
        `\ufeff${JSON.stringify(span("first", {}))}`,
        "no JSON",
        JSON.stringify([1]),
        JSON.stringify(span("x", {}, { context: { span_id: "no trace" } })),
        JSON.stringify(span("x", {}, { context: { trace_id: "trace" } })),
        JSON.stringify(span("no start", {}, { start_time: null })),
        JSON.stringify(span("bad start", {}, { start_time: "yesterday" })),
        JSON.stringify(span("bad day", {}, { start_time: "2026-02-30T00:00:00Z" })),
        JSON.stringify(span("hidden", { "output.value": "__REDACTED__" })),
        JSON.stringify(span("empty", { "output.value": " " })),
        JSON.stringify(span("failed", {}, { status_code: "ERROR" })),
        JSON.stringify(span("zero", { "output.value": "\0" })),
        JSON.stringify(span("half", { "output.value": "\ud800" })),
        JSON.stringify(span("x".repeat(501), {})),
        JSON.stringify(span("no kind", {}, { span_kind: undefined })),
        JSON.stringify(span("bad end", {}, { end_time: "later" })),
        JSON.stringify(span("large", { "user.note": "x".repeat(20_000) })),
        JSON.stringify(span("absent parent", {}, { parent_id: "nobody" })),
        `{"name":"deep","attributes":${'{"a":'.repeat(200)}1${"}".repeat(200)}}`,
        JSON.stringify(span("bad offset", {}, { start_time: "2026-03-01T09:00:00+25:00" })),
        JSON.stringify(span("bad input", { "input.value": "what is\u0000 this" })),
        JSON.stringify(span("cut off", {})).slice(0, -5),
      ].join("\n"),
    ),
  );
  expect(
    (await recorded()).map(({ invocations }) => invocations.map(({ externalId }) => externalId)),
  ).toEqual([["absent parent", "bad end", "first", "large"]]);
  expect(skippedOf(report)).toEqual(
    [
      "2 row: it is not valid JSON (row 2: Unexpected token 'o', \"no JSON\" is not valid JSON)",
      "1 row: it is not a JSON object (row 3: [1])",
      "1 row: it has no trace id (row 4, no trace)",
      "1 row: it has no span id (row 5)",
      "1 row: it has no start time (row 6, no start)",
      "3 row: its start time cannot be read (row 7, bad start: yesterday)",
      "2 row: it has no output (row 9, hidden)",
      "1 row: it ended with an error (row 11, failed)",
      "1 row: its output holds U+0000 (row 12, zero)",
      "1 row: its output holds half of a surrogate pair (row 13, half)",
      `1 row: its span id is longer than 500 characters (row 14: ${"x".repeat(59)}…)`,
      "1 row: it has no kind: only outputs of models become invocations (row 15, no kind)",
      "1 time: its end time cannot be read (row 16, bad end: later)",
      "1 metadata: the other fields of the row cannot be its metadata: metadata must take at most 16000 bytes as JSON (row 17, large: 20069 bytes)",
      "1 row: its input holds U+0000 (row 21, bad input)",
      "1 row: its objects and lists are nested too deeply (row 19)",
    ].sort(),
  );
});

test.each([
  ["ISO 8601 with an offset", "2026-03-01T10:30:00.25+01:30"],
  ["ISO 8601 in UTC", "2026-03-01T09:00:00.250Z"],
  ["nanoseconds", "2026-03-01T09:00:00.250999999+00:00"],
  ["milliseconds since 1970", 1_772_355_600_250],
  ["nanoseconds since 1970", 1_772_355_600_250_000_000],
  ["microseconds since 1970 as text", "1772355600250000"],
  ["seconds since 1970", 1_772_355_600.25],
  ["a space and no zone", "2026-03-01 09:00:00.250000"],
])("a start time is read as %s", async (_, start) => {
  await importSpans([span("timed", {}, { start_time: start })]);
  const [{ invocations }] = await recorded();
  expect(invocations[0].startedAt).toEqual(new Date("2026-03-01T09:00:00.250Z"));
});

test("of each millisecond of a second, counts of seconds with a fraction are read exactly, as numbers and as texts", () => {
  const second = 1_700_000_000;
  for (let millisecond = 0; millisecond < 1_000; millisecond++) {
    const text = `${second}.${String(millisecond).padStart(3, "0")}`;
    const expected = BigInt(second) * 1_000_000_000n + BigInt(millisecond) * 1_000_000n;
    expect([text, nanosecondsOf(text), nanosecondsOf(Number(text))]).toEqual([text, expected, expected]);
  }
  expect(nanosecondsOf("1700000000.123456789")).toBe(1_700_000_000_123_456_789n);
  expect(nanosecondsOf("1.7e9")).toBe(1_700_000_000_000_000_000n);
  for (const wrong of [-1_700_000_000, 0.5, 1e300, Number.NaN, "-1700000000", "1700000000."]) {
    expect([wrong, nanosecondsOf(wrong)]).toEqual([wrong, null]);
  }
});

test("times follow the rules of all imports: a leap second is the one before, what does not exist is refused", () => {
  const leap = BigInt(Date.parse("2016-12-31T23:59:59Z")) * 1_000_000n + 500_000_001n;
  expect(nanosecondsOf("2016-12-31T23:59:60.500000001Z")).toBe(leap);
  expect(nanosecondsOf("2017-01-01T01:29:60.500000001+01:30")).toBe(leap);
  for (const text of ["2026-03-01T09:00:60Z", "2026-03-01T09:00:00+25:00", "2026-03-01T09:00:00+01:60"]) {
    expect([text, nanosecondsOf(text)]).toEqual([text, null]);
  }
});

test("invocations are in the order of nanoseconds, then of span ids", async () => {
  const at = (nanosecond: number) => ({ start_time: `2026-03-01T09:00:00.00000000${nanosecond}Z` });
  await importSpans([
    span("d", {}, at(3)),
    span("c", {}, at(2)),
    span("b", {}, at(3)),
    span("a", {}, { start_time: "2026-03-01T11:00:00.000000001+02:00" }),
  ]);
  const [{ invocations }] = await recorded();
  expect(invocations.map(({ externalId }) => externalId)).toEqual(["a", "c", "b", "d"]);
});

test("a session over several traces is one run, also if only one span of a trace names it", async () => {
  const of = (trace: string, id: string, minute: number) => ({
    context: { trace_id: trace, span_id: id },
    start_time: `2026-03-01T09:0${minute}:00Z`,
  });
  const report = await importSpans([
    span("later", { "llm.model_name": "m" }, of("t2", "later", 5)),
    span("root", { "session.id": "s" }, { ...of("t2", "root", 4), span_kind: "AGENT" }),
    span("earlier", { "session.id": "s", "llm.model_name": "n" }, of("t1", "earlier", 2)),
    span("prompted", { "input.value": "first" }, { ...of("t1", "prompted", 1), span_kind: "CHAIN" }),
    span("alone", { "input.value": "alone" }, of("t3", "alone", 3)),
  ]);
  expect(takenRows(report)).toEqual([2, 3, 0]);
  const runs = (await recorded()).sort((a, b) => b.invocations.length - a.invocations.length);
  expect(runs).toMatchObject([
    { network: ["n", "m"], initialPrompt: "first", metadata: { session_id: "s" } },
    { network: ["unknown"], initialPrompt: "alone", metadata: { trace_id: "t3" } },
  ]);
  expect(runs[0].invocations.map(({ externalId }) => externalId)).toEqual(["earlier", "later"]);
});

test("chains are the invocations of a run without calls of models", async () => {
  const chain = { span_kind: "CHAIN" };
  const report = await importSpans([
    span("a", { "input.value": "question" }, chain),
    span("b", {}, { ...chain, context: { trace_id: "with model", span_id: "b" } }),
    span("c", {}, { status_code: "ERROR", context: { trace_id: "with model", span_id: "c" } }),
  ]);
  expect(skippedOf(report)).toEqual([
    "1 row: it ended with an error (row 3, c)",
    "1 row: its kind is CHAIN: its run has calls of models, which are its invocations (row 2, b)",
  ]);
  expect(await recorded()).toMatchObject([
    { initialPrompt: "question", invocations: [{ externalId: "a", outputText: "output of a" }] },
  ]);
});

test("output messages that only call tools are not a text, unless the value of the output is one", async () => {
  const calls = { "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "clock" };
  await importSpans([
    span("a", { ...calls, "output.value": '{"some":"response"}' }),
    span("b", { ...calls, "output.value": "said" }),
    span("c", { ...calls, "output.value": undefined }),
  ]);
  const [{ invocations }] = await recorded();
  expect(invocations.map(({ outputText }) => outputText)).toEqual(["said"]);
});

test("of spans with the same id the one that was written last is recorded", async () => {
  const ended = (second: number) => ({ end_time: `2026-03-01T09:00:0${second}Z` });
  const report = await importSpans([
    span("a", { "output.value": "older" }, ended(1)),
    span("a", { "output.value": "newer" }, ended(2)),
    span("a", { "output.value": "newer" }, ended(2)),
    embeddingSpan("e", [["newer", [1, 2]]]),
    embeddingSpan("e", [["newer", [1, 2]]]),
  ]);
  expect(takenRows(report)).toEqual([1, 1, 1]);
  expect(skippedOf(report)).toEqual([
    "1 row: another row has the same id and other content, and was not written before it (row 1, a)",
    "2 row: another row has the same id and the same content (row 3, a)",
  ]);
  const changed = await importSpans([span("a", { "output.value": "changed" }, ended(3))]);
  expect(takenRows(changed)).toEqual([0, 0, 0]);
  expect(skippedOf(changed)).toEqual([
    "1 row: its run is left out (row 1, a)",
    '1 run: it differs from the recorded run: outputText (trace trace: is recorded as "newer". Given: "changed")',
  ]);
  expect(await recorded()).toMatchObject([{ invocations: [{ outputText: "newer" }] }]);
});

test("a session that has grown is continued; one that has since used another model is left out", async () => {
  const at = (second: number) => ({ start_time: `2026-03-01T09:00:0${second}Z` });
  const first = span("a", { "llm.model_name": "m" }, at(1));
  await importSpans([first]);
  const grown = await importSpans([span("b", { "llm.model_name": "m" }, at(2)), first]);
  expect([takenRows(grown), grown.alreadyThere.invocations]).toEqual([[0, 1, 0], 1]);
  const changed = await importSpans([first, span("c", { "llm.model_name": "n" }, at(3))]);
  expect(takenRows(changed)).toEqual([0, 0, 0]);
  expect(skippedOf(changed)).toEqual([
    '1 run: it differs from the recorded run: network (trace trace: is recorded as ["m"]. Given: ["m","n"])',
    "2 row: its run is left out (row 1, a)",
  ]);
  const [{ invocations }] = await recorded();
  expect(invocations.map(({ externalId }) => externalId)).toEqual(["a", "b"]);
});

test("an embedding belongs to one invocation with its text: of its trace, else of its session", async () => {
  const inTrace = (trace: string, id: string, second: number) => ({
    context: { trace_id: trace, span_id: id },
    start_time: `2026-03-01T09:00:0${second}Z`,
  });
  const session = { "session.id": "s" };
  const said = { ...session, "output.value": "same" };
  const report = await importSpans([
    span("1", said, inTrace("t1", "1", 1)),
    span("2", said, inTrace("t2", "2", 2)),
    span("3", said, inTrace("t2", "3", 3)),
    embeddingSpan("e1", [["same", [1, 1]]], inTrace("t2", "e1", 4)),
    embeddingSpan("e2", [["same", [2, 2]]], inTrace("t2", "e2", 5)),
    embeddingSpan(
      "e3",
      [
        ["same", [3, 3]],
        ["same", [4, 4]],
      ],
      inTrace("t2", "e3", 6),
    ),
    embeddingSpan("e5", [["same", [5, 5]]], inTrace("other", "e5", 7)),
  ]);
  const [{ invocations }] = await recorded();
  expect(
    invocations.map(({ externalId, embeddings }) => [externalId, ...embeddings.map(({ vector }) => vector)]),
  ).toEqual([
    ["1", [3, 3]],
    ["2", [1, 1]],
    ["3", [2, 2]],
  ]);
  expect(skippedOf(report)).toEqual([
    "1 embedding: its text has an embedding of the same model already (row 6, e3: embedding 1)",
    "1 embedding: no invocation of its session or trace has its text as output (row 7, e5: embedding 0)",
  ]);
});

test("embeddings that cannot be used are left out by reason", async () => {
  const texts = ["a", "b", "c", "d", "e", "f", "g"];
  const report = await importSpans([
    ...texts.map((text) => span(`output ${text}`, { "output.value": text })),
    embeddingSpan("e", [
      ["a", [1, 2]],
      ["b", "[2, 3]"],
      ["c", [1, 2, 3]],
      ["d", [0, 0]],
      ["e", [1, null]],
      ["f", "__REDACTED__"],
      ["__REDACTED__", [1, 2]],
    ]),
    embeddingSpan("no model", [["g", [1, 2]]], {
      attributes: {
        "embedding.embeddings.0.embedding.text": "g",
        "embedding.embeddings.0.embedding.vector": [1, 2],
      },
    }),
    embeddingSpan("nothing", []),
  ]);
  expect(takenRows(report)).toEqual([1, 7, 2]);
  expect(skippedOf(report)).toEqual(
    [
      "1 embedding: its vector does not have 2 numbers like the others of its embedding model (row 8, e: embedding 2: 3 numbers)",
      "1 embedding: its vector is all zeros (row 8, e: embedding 3, [0, 0])",
      "1 embedding: its vector has a null among its numbers (row 8, e: embedding 4, [1, null])",
      "1 embedding: it has no vector (row 8, e: embedding 5)",
      "1 embedding: the text that was embedded is missing (row 8, e: embedding 6)",
      "1 embedding: the name of its embedding model is missing (row 9, no model: embedding 0)",
      "1 row: it has no embeddings (row 10, nothing)",
    ].sort(),
  );
});

test.each<[TraceOptions["format"], (vector: string) => string]>([
  ["openinference", (vector: string) => lines([embeddingSpan("e", [["a", "V"]])]).replace('"V"', vector)],
  [
    "langfuse",
    (vector: string) =>
      `{"type":"EMBEDDING","id":"e","trace_id":"t","start_time":"2026-03-01T09:00:00Z","model":"m","input":"a","output":${vector}}`,
  ],
])("a number beyond the range of float32 is named as it is written: %s", async (format, row) => {
  for (const vector of ["[1, 1e300]", "[1, 1e400]", '"[1, 1e400]"', "[1e400, 0.12345678901234567]"]) {
    const path = file("beyond.jsonl", row(vector));
    const report = await importFile(path, { format });
    const written = vector.includes("1e300") ? "1e+300" : "1e400";
    expect(skippedOf(report)).toEqual([
      `1 embedding: its vector holds a number beyond the range of float32 (row 1, e: embedding 0, ${written} at index ${vector.startsWith("[1e4") ? 0 : 1})`,
    ]);
  }
});

test.each([
  ["trace id", { context: { trace_id: "a\0", span_id: "s" } }],
  ["span id", { context: { trace_id: "a", span_id: "a\0" } }],
  ["session id", { attributes: { "session.id": "a\0", "output.value": "text" } }],
  ["model", { attributes: { "llm.model_name": "a\0", "output.value": "text" } }],
])("a %s that holds U+0000 is named as such, and one that is not text too", async (what, fields) => {
  const written = JSON.stringify(span("s", {}, fields));
  const reasons = [];
  for (const value of ['"a\\u0000"', '"\\ud800"', "[1]"]) {
    const report = await importFile(file("names.jsonl", written.replace('"a\\u0000"', value)));
    reasons.push(...report.skipped.map(({ reason }) => reason));
  }
  const faults = ["holds U+0000", "holds half of a surrogate pair", "is not text"];
  expect(reasons).toEqual(faults.map((fault) => `its ${what} ${fault}`));
});

test("vectors must have the dimensions of their model's that are recorded already", async () => {
  await importSpans([span("a", {}), embeddingSpan("e", [["output of a", [1, 2]]])]);
  const next = { context: { trace_id: "next", span_id: "b" } };
  const report = await importSpans([
    span("b", {}, next),
    embeddingSpan("e", [["output of b", [1, 2, 3]]], { context: { trace_id: "next", span_id: "e" } }),
  ]);
  expect(takenRows(report)).toEqual([1, 1, 0]);
  expect(skippedOf(report)).toEqual([
    "1 embedding: its vector does not have 2 numbers like the others of its embedding model (row 2, e: embedding 0: 3 numbers)",
  ]);
});

const message = (content: unknown) => ({ role: "assistant", content });
test.each([
  ["text", "said", "said"],
  ["a number", 7, "7"],
  ["a message", message("said"), "said"],
  ["messages as JSON", JSON.stringify([{ role: "user", content: "asked" }, message("said")]), "said"],
  [
    "parts of a message",
    message([
      { type: "text", text: "sa" },
      { type: "text", text: "id" },
    ]),
    "said",
  ],
  [
    "the response of OpenAI's API",
    JSON.stringify({ choices: [{ index: 0, message: message("said") }] }),
    "said",
  ],
  [
    "the response of LangChain",
    { generations: [[{ text: "said", message: { lc: 1, kwargs: message("said") } }]] },
    "said",
  ],
  [
    "the response of Gemini's API",
    { candidates: [{ content: { role: "model", parts: [{ text: "said" }] } }] },
    "said",
  ],
  ["other JSON", '{ "answer": 42 }', '{ "answer": 42 }'],
  ["another object", { answer: 42 }, '{"answer":42}'],
  ["a list of texts", '["a","b"]', '["a","b"]'],
  ["calls of tools", { role: "assistant", content: null, tool_calls: [{ id: "1" }] }, null],
  ["calls of tools as JSON", '{"tool_calls":[{"function":{"name":"f"}}]}', null],
  ["a part that uses a tool", message([{ type: "tool_use", name: "f", input: {} }]), null],
  ["nothing said", [], null],
])("the output of an observation is %s", async (_, output, text) => {
  const report = await importObservations([
    { id: "o", traceId: "t", type: "GENERATION", startTime: "2026-03-01T09:00:00Z", output },
  ]);
  expect((await recorded()).map(({ invocations }) => invocations[0].outputText)).toEqual(
    text === null ? [] : [text],
  );
  expect(left(report, "row")).toBe(text === null ? 1 : 0);
});

/** Observations as Langfuse exports them. */
const observations = Array.from({ length: 12 }, (_, i) => ({
  id: `observation ${i}`,
  trace_id: `trace ${i >> 2}`,
  session_id: i < 8 ? "session" : "",
  project_id: "project",
  type: ["SPAN", "GENERATION", "GENERATION", "EMBEDDING"][i % 4],
  name: ["chat", "answer", "check", "embed"][i % 4],
  start_time: `2026-03-01 09:00:${String(i).padStart(2, "0")}.250000`,
  end_time: `2026-03-01 09:01:${String(i).padStart(2, "0")}.250000`,
  updated_at: `2026-03-02 09:01:${String(i).padStart(2, "0")}.250000`,
  level: i === 10 ? "ERROR" : "DEFAULT",
  provided_model_name: i % 4 === 3 ? "small" : i % 4 === 0 ? "" : "claude",
  input:
    i % 4 === 3
      ? `answer ${i - 2}`
      : JSON.stringify([
          { role: "system", content: "Be short." },
          { role: "user", content: `question ${i}` },
        ]),
  output:
    i % 4 === 3
      ? JSON.stringify([i, 1])
      : i % 4 === 0
        ? ""
        : i % 4 === 1
          ? `answer ${i}`
          : JSON.stringify(message(`check ${i}`)),
  metadata: { part: String(i) },
  tags: ["test"],
  usage_details: { input: 5, output: i },
  model_parameters: JSON.stringify({ temperature: 0.5 }),
  total_cost: 0.25,
  bookmarked: i % 2 === 0,
}));
const names = Object.keys(observations[0]) as (keyof (typeof observations)[number])[];
const asText = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

const observationFiles: Record<string, [string, () => string | Uint8Array]> = {
  "JSON lines of an export": ["observations.jsonl", () => lines(observations)],
  "JSON lines of the API": [
    "observations.jsonl",
    () =>
      lines(
        observations.map((observation) => {
          const { provided_model_name: model, input, output, ...rest } = observation;
          const parsed = (text: string) => (/^[[{]/.test(text) ? JSON.parse(text) : text);
          const fields = { ...rest, model: model || null, input: parsed(input), output: parsed(output) };
          return Object.fromEntries(Object.entries(fields).map(([name, value]) => [camelCase(name), value]));
        }),
      ),
  ],
  CSV: [
    "observations.csv",
    () => {
      const quoted = (value: unknown) => `"${asText(value).replaceAll('"', '""')}"`;
      return [names.join(), ...observations.map((row) => names.map((name) => quoted(row[name])).join())].join(
        "\n",
      );
    },
  ],
  Parquet: [
    "observations.parquet",
    () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: names.map((name) => ({
            name,
            data: observations.map((row) => (name === "total_cost" ? row[name] : asText(row[name]))),
            type: name === "total_cost" ? "DOUBLE" : "STRING",
          })),
        }),
      ),
  ],
};

test("observations of Langfuse record the same rows from every format", async () => {
  let first: Awaited<ReturnType<typeof recorded>> | undefined;
  for (const [name, content] of Object.values(observationFiles)) {
    await clear();
    const report = await importFile(file(name, content()), { format: "langfuse" });
    expect(takenRows(report)).toEqual([2, 5, 3]);
    expect(skippedOf(report)).toEqual([
      "1 row: it ended with an error (row 11, observation 10)",
      "3 row: its type is SPAN: only outputs of models become invocations (row 1, observation 0)",
    ]);
    first ??= await recorded();
    expect(await recorded()).toEqual(first);
  }
  const runs = first!.sort((a, b) => b.invocations.length - a.invocations.length);
  expect(runs).toMatchObject([
    { network: ["claude"], initialPrompt: "question 0", metadata: { session_id: "session" } },
    { network: ["claude"], initialPrompt: "question 8", metadata: { trace_id: "trace 2" } },
  ]);
  expect(runs[0].invocations.map(({ outputText }) => outputText)).toEqual([
    "answer 1",
    "check 2",
    "answer 5",
    "check 6",
  ]);
  expect(runs[0].invocations[2]).toMatchObject({
    externalId: "observation 5",
    startedAt: new Date("2026-03-01T09:00:05.250Z"),
    completedAt: new Date("2026-03-01T09:01:05.250Z"),
    embeddings: [{ model: "small", vector: [7, 1] }],
  });
  expect(runs[0].invocations[2].metadata).toEqual({
    ...{ trace_id: "trace 1", project_id: "project", name: "answer", level: "DEFAULT" },
    ...{ "metadata.part": "5", tags: ["test"], "usage_details.input": 5, "usage_details.output": 5 },
    ...{ "model_parameters.temperature": 0.5, total_cost: 0.25 },
  });
});

test("vectors of the outputs may be in a field of the rows, and may be added later", async () => {
  const rows = [
    { ...span("a", {}), vector: [1, 2] },
    { ...span("b", {}), vector: [3, 4] },
    { ...span("c", {}), vector: null },
    { ...span("d", {}), vector: [1, 1e300] },
    { ...span("e", {}), vector: [0, 0] },
    { ...span("tool", {}, { span_kind: "TOOL" }), vector: [5, 6] },
  ];
  const path = file("with vectors.jsonl", lines(rows));
  expect(takenRows(await importSpans(rows.map(({ vector: _, ...row }) => row)))).toEqual([1, 5, 0]);
  const report = await importFile(path, { vector: "vector", embeddingModel: "own" });
  expect(takenRows(report)).toEqual([0, 0, 2]);
  expect(skippedOf(report)).toEqual([
    "1 embedding: it has no vector (row 3)",
    "1 embedding: its vector holds a number beyond the range of float32 (row 4, vector: 1e+300 at index 1)",
    "1 embedding: its vector is all zeros (row 5, vector: [0, 0])",
    "1 row: its kind is TOOL: only outputs of models become invocations (row 6, tool)",
  ]);
  const [{ invocations }] = await recorded();
  expect(invocations.map(({ embeddings }) => embeddings)).toEqual([
    [{ model: "own", vector: [1, 2] }],
    [{ model: "own", vector: [3, 4] }],
    [],
    [],
    [],
  ]);
});

test("a field of vectors that is not named is no metadata, and one that was does not count as a change", async () => {
  const numbers = (n: number) => Array.from({ length: 20 }, (_, i) => (n + i) / 8);
  const forms: ((n: number) => unknown)[] = [
    numbers,
    (n) => JSON.stringify(numbers(n)),
    (n) => Buffer.from(Float32Array.from(numbers(n)).buffer).toString("base64"),
  ];
  const traces: [TraceOptions["format"], (id: string, fields: object) => object][] = [
    ["openinference", (id, fields) => ({ ...span(id, { "tag.tags": ["a"] }), ...fields })],
    ["langfuse", (id, fields) => ({ ...observation(id), ...fields })],
  ];
  for (const [format, row] of traces) {
    for (const [at, form] of forms.entries()) {
      await clear();
      const rows = [0, 1, 2].map((n) => row(`${n}`, { own: n === 1 ? "pending" : form(n) }));
      const path = file(`vectors ${format} ${at}.jsonl`, lines(rows));
      const texts = await importFile(path, { format });
      expect(takenRows(texts)).toEqual([1, 3, 0]);
      expect(skippedOf(texts)).toEqual(["1 column: it holds vectors (own)"]);
      const [{ invocations }] = await recorded();
      for (const { id, metadata } of invocations) {
        expect(metadata).not.toHaveProperty("own");
        // As versions recorded it that did not look at the values.
        const own = form(Number(id.length));
        const former = metadataText({ ...metadata, own }) as string;
        await temporary.app.database.prisma.invocation.update({ where: { id }, data: { metadata: former } });
      }
      const embedded = await importFile(path, { format, vector: "own", embeddingModel: "own" });
      expect(takenRows(embedded)).toEqual([0, 0, 2]);
      expect(embedded.alreadyThere.invocations).toBe(3);
      expect(left(embedded, "row")).toBe(0);
      const changed = file("changed.jsonl", lines(rows.map((each) => ({ ...each, name: "another" }))));
      const differing = await importFile(changed, { format, vector: "own", embeddingModel: "own" });
      expect(left(differing, "run")).toBe(1);
      expect(skippedOf(differing)).toContainEqual(
        expect.stringMatching(/^1 run: it differs from the recorded run: metadata \(trace .*"name":/),
      );
    }
  }
});

test("a field that JSON in a text has twice is told, and its row left out", async () => {
  const twice = (text: string) => text.replace(/("(?:role|temperature|session_id)":)/, '$1"first",$1');
  const messages = JSON.stringify([{ role: "assistant", content: "answer" }]);
  const cases: [TraceOptions["format"], object, string][] = [
    [
      "openinference",
      span("a", { "output.value": twice(messages) }),
      'its output has two fields named "role"',
    ],
    [
      "openinference",
      span("a", { "input.value": twice('{"messages":[{"role":"user","content":"q"}]}') }),
      "",
    ],
    [
      "openinference",
      span("a", { "llm.invocation_parameters": twice('{"temperature":0.5}') }),
      'its attributes.llm.invocation_parameters has two fields named "temperature"',
    ],
    [
      "openinference",
      { ...span("a", {}), attributes: twice('{"output.value":"x","metadata":{"session_id":"s"}}') },
      'its attributes has two fields named "session_id"',
    ],
    ["langfuse", { ...observation("a"), output: twice(messages) }, 'its output has two fields named "role"'],
    [
      "langfuse",
      { ...observation("a"), input: twice('[{"role":"user","content":"q"}]') },
      'its input has two fields named "role"',
    ],
    [
      "langfuse",
      { ...observation("a"), model_parameters: twice('{"temperature":0.5}') },
      'its model_parameters has two fields named "temperature"',
    ],
  ];
  for (const [format, row, reason] of cases) {
    await clear();
    const other = format === "langfuse" ? observation("b") : span("b", {});
    const report = await importFile(file("twice.jsonl", lines([row, other])), { format });
    expect(takenRows(report), reason).toEqual([1, reason === "" ? 2 : 1, 0]);
    if (reason !== "") {
      expect(report.skipped).toEqual([
        { what: "row", reason, count: 1, example: expect.stringMatching(/^row 1(?:, a)?$/) },
      ]);
    }
  }
  // Other JSON is itself the text, whatever it holds.
  await clear();
  await importSpans([span("a", { "output.value": '{"a":1,"a":2}' })]);
  expect((await recorded())[0].invocations[0].outputText).toBe('{"a":1,"a":2}');
});

test.each<[string, string, () => string | Uint8Array, Partial<TraceOptions>, RegExp]>([
  ["an empty file", "spans.jsonl", () => "", {}, /^spans\.jsonl is empty\.$/],
  ["blank lines", "spans.jsonl", () => "\n\n", {}, /^spans\.jsonl has no rows\.$/],
  [
    "UTF-16",
    "spans.jsonl",
    () => Buffer.from(`\ufeff${lines([span("a", {})])}`, "utf16le"),
    {},
    /is not UTF-8 but UTF-16/,
  ],
  [
    "bytes that are not UTF-8",
    "spans.jsonl",
    () => Buffer.concat([Buffer.from(lines([span("a", {})])), Buffer.from([0x7b, 0xff])]),
    {},
    /^spans\.jsonl is not UTF-8: an invalid byte is in line 2\./,
  ],
  [
    "a file that is cut off",
    "spans.jsonl.gz",
    () => gzipSync(lines(phoenixSpans().map(phoenixLayouts["nested attributes"]))).subarray(0, 3000),
    {},
    /^spans\.jsonl\.gz cannot be read: unexpected end of file\.$/,
  ],
  [
    "a field of vectors that is missing",
    "spans.jsonl",
    () => lines([span("a", {})]),
    { vector: "v" },
    /^spans\.jsonl has no column "v"\. It has: name, /,
  ],
])("%s is refused in one line, and nothing is recorded", async (_, name, content, options, message) => {
  const before = await recordedRows(temporary.app);
  const error = await importFile(file(name, content()), options).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RunFileError);
  expect(error.message.replaceAll(`${folder}/`, "")).toMatch(message);
  expect(error.message).not.toContain("\n");
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("formats are recognised by the content, and other tables stay tables", async () => {
  const spans = phoenixSpans().slice(0, 3);
  for (const layout of Object.values(phoenixLayouts)) {
    expect(await recognised("a.jsonl", lines(spans.map(layout)))).toBe("openinference");
    expect(await recognised("a.txt.gz", gzipSync(`\n${lines(spans.map(layout))}`))).toBe("openinference");
  }
  const { context, ...rest } = span("a", {});
  expect(await recognised("a.jsonl", lines([{ ...rest, ...context }]))).toBe("openinference");
  expect(await recognised("a.jsonl", `damaged\n${lines([span("a", {})])}`)).toBe("openinference");
  for (const [name, content] of Object.values(observationFiles)) {
    expect(await recognised(name, content())).toBe("langfuse");
  }
  const observation = { id: "a", trace_id: "t", start_time: "2026-01-01T00:00:00Z", type: "GENERATION" };
  const oddly = [observation, { ...observation, type: "generation" }, { ...observation, type: "JUDGEMENT" }];
  expect(await recognised("a.jsonl", lines(oddly))).toBe("langfuse");
  expect(await recognised("a.jsonl", '{"id":1,"trace_id":2,"start_time":"x","type":"cat","text":"y"}')).toBe(
    "table",
  );
  expect(await recognised("a.csv", "id,traceId,start_time,type,text\n1,2,3,SPANIEL,y\n")).toBe("table");
  expect(await recognised("a.jsonl", '{"context":"a quote","attributes":"long","text":"x"}')).toBe("table");
  expect(await recognised("a.jsonl", '{"context":{"page":1},"attributes":{},"text":"x"}')).toBe("table");
  expect(await recognised("a.jsonl", '{"network":["m"],"invocations":[]}')).toBe("runs");
});

test("traces and tables that are not UTF-8 are refused as such; of runs, only lines are left out", async () => {
  const observed = ["JSON lines of an export", "CSV"].map((kind): [string, string] => {
    const [name, content] = observationFiles[kind];
    return [name, String(content()).replaceAll("answer", "caf\xe9")];
  });
  for (const [name, content] of [
    ...observed,
    ["spans.jsonl", lines([span("caf\xe9", {})])],
    ["table.jsonl", '{"text":"a"}\n{"text":"caf\xe9"}'],
    ["table.tsv", "text\tvector\ncaf\xe9\t[1,2]"],
  ]) {
    const error = await recognised(name, Buffer.from(content, "latin1")).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RunFileError);
    expect(error.message).toContain(`${name} is not UTF-8: an invalid byte is in`);
  }
  const runs = Buffer.from('{"network":["caf\xe9"]}\n{"network":["m"],"invocations":[]}', "latin1");
  expect(await recognised("runs.jsonl", runs)).toBe("runs");
});

test("a response of an API is refused with the command that makes JSON lines of it", async () => {
  const response = JSON.stringify({ data: [span("a", {})], next_cursor: null });
  const error = await recognised("response.json", response).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RunFileError);
  expect(error.message.replaceAll(`${folder}/`, "")).toBe(
    "response.json is one JSON object with all spans in it. Write them as JSON lines: `jq -c '.data[]' FILE > NEW.jsonl`.",
  );
});

test("JSON lines that are empty or UTF-16 are refused in one line", async () => {
  const spans = lines([span("a", {})]);
  for (const [name, content, message] of [
    ["a.jsonl", "", "a.jsonl is empty."],
    ["a.jsonl.gz", gzipSync(""), "a.jsonl.gz is compressed by gzip, and empty or damaged."],
    ["a.jsonl", Buffer.from(`\ufeff${spans}`, "utf16le"), "a.jsonl is not UTF-8 but UTF-16. "],
  ] as const) {
    const error = await recognised(name, content).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RunFileError);
    expect(error.message.replaceAll(`${folder}/`, "")).toContain(message);
  }
});

test.each([
  [
    "parts",
    {
      "llm.output_messages": [
        {
          "message.role": "assistant",
          "message.contents": [{ "message_content.type": "text", "message_content.text": "said" }],
        },
      ],
    },
  ],
  [
    "JSON in a text",
    { "llm.output_messages": JSON.stringify([{ message: { role: "assistant", content: "said" } }]) },
  ],
  ["dotted names", { "llm.output_messages.0.message.contents.0.message_content.text": "said" }],
  ["a list of texts", { "llm.output_messages": ["said"] }],
  ["only the output's value", { "output.value": "said" }],
])("output messages are read as %s", async (_, attributes) => {
  await importSpans([span("a", { "output.value": '{"choices":[]}', ...attributes })]);
  const [{ invocations }] = await recorded();
  expect(invocations[0].outputText).toBe("said");
});

const recognised = (name: string, content: string | Uint8Array) => {
  const path = file(name, content);
  return recognisedFormat(path, path);
};

test.each<[string, string | Uint8Array, string]>([
  ["text", "Dear diary,\ntoday", 'seems to be text that begins with "Dear diary,"'],
  ["nothing", "", "is empty"],
  ["white space", " \n\t", "holds only white space"],
  ["a PDF", "%PDF-1.7\n", "seems to be a PDF document"],
  ["a spreadsheet", "PK\x03\x04rest", "seems to be a ZIP archive or a spreadsheet"],
  ["a page", "<!DOCTYPE html><html>", "seems to be a page in HTML"],
  ["a list", '[{"a":1}]', "seems to be one JSON list: write it as JSON lines, one object per line"],
  ["UTF-16", Buffer.from("\ufefftext", "utf16le"), "seems to be text in UTF-16: convert it to UTF-8"],
  ["bytes", new Uint8Array([7, 0, 1, 2]), "holds binary data of no known format"],
  [
    "compressed text",
    gzipSync("text"),
    'is compressed by gzip, and what is in it seems to be text that begins with "text"',
  ],
])(
  "a file of no known format is refused, and the message says what it looks like: %s",
  async (_, content, seems) => {
    const error = await recognised("x.txt", content).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RunFileError);
    expect(error.message).toContain(
      `x.txt cannot be imported: it ${seems}. Files to import are tables of texts`,
    );
    expect(error.message).not.toContain("\n");
  },
);

/** Rows as CSV with doubled quotes, whose lists and objects are written by `write`. */
function csv(rows: Record<string, unknown>[], write: (value: unknown) => string): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) => {
    const text =
      value === null || value === undefined ? "" : typeof value === "object" ? write(value) : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

test("a data frame of Phoenix comes in whole as CSV, with lists as Python prints them", async () => {
  const rows = phoenixSpans().map(phoenixLayouts["a data frame's columns"]) as Record<string, unknown>[];
  const printed = file("spans.csv", csv(rows, printedByPython));
  expect(await recognisedFormat(printed, printed)).toBe("openinference");
  const report = await importFile(printed);
  const { runs, invocations, embeddings, rowsLeftOut, embeddingsLeftOut } = phoenixCounts;
  expect(takenRows(report)).toEqual([runs, invocations, embeddings]);
  expect([left(report, "row"), left(report, "embedding")]).toEqual([rowsLeftOut, embeddingsLeftOut]);
  const ofPython = await recorded();
  await clear();
  await importFile(file("spans.csv", csv(rows, JSON.stringify)));
  expect(ofPython).toEqual(await recorded());
});

test("columns that Python or NumPy has printed in a way that cannot be read are named", async () => {
  const embeddings = [{ "embedding.vector": [0.5, -1e-7], "embedding.text": "a text" }];
  const row = (id: string, kind: string, attributes: Record<string, string>) => ({
    ...{ "context.span_id": id, "context.trace_id": "trace", span_kind: kind },
    ...{ start_time: "2026-03-01T09:00:00Z", end_time: "2026-03-01T09:00:01Z" },
    ...attributes,
  });
  const embedded = (id: string, text: string) =>
    row(id, "EMBEDDING", {
      "attributes.embedding.model_name": "small",
      "attributes.embedding.embeddings": text,
    });
  const path = file(
    "spans.csv",
    csv(
      [
        row("ok", "LLM", { "attributes.output.value": "a text" }),
        embedded("read", printedByPython(embeddings)),
        embedded("array", `array(${printedByPython(embeddings)}, dtype=object)`),
        embedded("numpy", "[{'embedding.vector': array([ 0.5, -1. ])}]"),
        embedded("nan", "[{'embedding.vector': [nan, 1.0]}]"),
        embedded("cut", '[{"embedding.vector": [0.5, '),
        embedded("none", "[]"),
        row("messages", "LLM", { "attributes.llm.output_messages": "[{'message.content': array(['a'])}]" }),
        row("attributes", "LLM", { attributes: "{'output': array([1.])}" }),
      ],
      String,
    ),
  );
  const report = await importFile(path);
  expect(takenRows(report)).toEqual([1, 1, 1]);
  const python = (column: string) =>
    `its ${column} is text as Python prints it, with values that cannot be read from it, such as arrays of NumPy: export the spans by to_json(FILE, orient="records", lines=True) or to_parquet(FILE)`;
  expect(skippedOf(report)).toEqual(
    [
      `3 row: ${python("attributes.embedding.embeddings")} (row 3, array)`,
      `1 row: ${python("attributes.llm.output_messages")} (row 8, messages)`,
      `1 row: ${python("attributes")} (row 9, attributes)`,
      "1 row: its attributes.embedding.embeddings is not valid JSON (row 6, cut)",
      "1 row: it has no embeddings (row 7, none)",
    ].sort(),
  );
});
