import fc from "fast-check";
import { v7 as uuid, v5 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InvalidInputError } from "../../src/resolvers/errors.js";
import { recordTrajectories } from "../../src/resolvers/recording/recordTrajectories.js";
import type { InvocationInput, RunInput } from "../../src/resolvers/recording/runInput.js";
import { encoded } from "../database/encodedImages.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
});
afterAll(() => temporary.close());

const record = (...runs: RunInput[]) => recordTrajectories(temporary.app, { runs });
const rows = () => recordedRows(temporary.app);
const stored = (runId: string) =>
  temporary.app.database.prisma.invocation.findMany({
    where: { runId },
    orderBy: { sequenceNumber: "asc" },
    include: { outputImage: true, embeddings: { include: { embeddingModel: true } } },
  });

const webp = Buffer.from("RIFF\x10\0\0\0WEBPVP8 image", "latin1").toString("base64");
const svg = Buffer.from('<?xml version="1.0"?>\n<!-- a > b -->\n<svg xmlns="x"><g/></svg>\n').toString(
  "base64",
);

function text(sequenceNumber: number, fields: Partial<InvocationInput> = {}): InvocationInput {
  return { sequenceNumber, model: "Viewer", type: "TEXT", outputText: `text ${sequenceNumber}`, ...fields };
}
function run(fields: Partial<RunInput> = {}): RunInput {
  return {
    id: uuid(),
    network: ["Painter", "Viewer"],
    initialPrompt: "a prompt",
    invocations: [],
    ...fields,
  };
}
const embedded = (model: string, ...floats: number[]) => ({ embeddingModel: model, vector: { floats } });

async function expectIssues(runs: RunInput[], expected: [path: string, message: RegExp | string][]) {
  const before = await rows();
  const outcome = await record(...runs);
  expect(outcome).toBeInstanceOf(InvalidInputError);
  const { issues } = outcome as InvalidInputError;
  expect(issues.map(({ path }) => path.join("."))).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(issues[index].message).toMatch(message);
  expect(await rows()).toEqual(before);
  return issues;
}

test("records a run with all fields", async () => {
  const id = uuid();
  const firstId = uuid();
  const embeddingId = uuid();
  const base64 = Buffer.from(Float32Array.of(3, 4).buffer).toString("base64");
  const outcome = await record(
    run({
      id: `Run:${id.toUpperCase()}`,
      seed: -(2n ** 63n),
      maxLength: 3,
      metadata: { topic: "colours", nested: [{ "10": -0, "9": null }, true], a: 1.5e-7 },
      invocations: [
        text(7, { seed: 5, embeddings: [{ id: embeddingId, embeddingModel: "All A", vector: { base64 } }] }),
        {
          id: `Invocation:${firstId}`,
          sequenceNumber: 0,
          model: "Painter",
          type: "IMAGE",
          outputImage: { mediaType: "image/svg+xml", base64: svg },
          startedAt: new Date("2026-01-01T00:00:00.123Z"),
          completedAt: "2026-01-01T02:00:00+01:00",
          externalId: "row 1/é🚲",
          metadata: {},
        },
        text(3, { outputText: null, embeddings: [embedded("All A", 0.1, -1), embedded("All B", 1)] }),
      ],
    }),
  );
  expect(outcome).toEqual({ runIds: [id], runCount: 1, invocationCount: 3, embeddingCount: 3 });

  const row = await temporary.app.database.prisma.run.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ network: '["Painter","Viewer"]', seed: -(2n ** 63n), maxLength: 3 });
  expect(row.metadata).toBe('{"a":1.5e-7,"nested":[{"10":0,"9":null},true],"topic":"colours"}');
  const [image, empty, last] = await stored(id);
  expect(image).toMatchObject({
    id: firstId,
    inputInvocationId: null,
    outputImageMediaType: "image/svg+xml",
    startedAt: new Date("2026-01-01T00:00:00.123Z"),
    completedAt: new Date("2026-01-01T01:00:00Z"),
    externalId: "row 1/é🚲",
    metadata: "{}",
  });
  expect(Buffer.from(image.outputImage!.bytes).toString("base64")).toBe(svg);
  // The ids that were not given: version 5, derived from the sequence number in the run's id, and from the model in the
  // invocation's.
  expect(empty.id).toBe(v5("3", id));
  expect(empty).toMatchObject({ inputInvocationId: firstId, outputText: null });
  expect(empty).toMatchObject({ externalId: null, metadata: null });
  expect(empty.embeddings.map((embedding) => embedding.id).sort()).toEqual(
    [v5("All A", empty.id), v5("All B", empty.id)].sort(),
  );
  expect(last).toMatchObject({ inputInvocationId: empty.id, seed: 5n });
  expect(last.embeddings[0].id).toBe(embeddingId);
  expect([...new Float32Array(new Uint8Array(last.embeddings[0].vector).buffer)]).toEqual([3, 4]);
});

test.each([
  ["image/avif", encoded.avif],
  ["image/webp", encoded.webp],
  ["image/png", encoded.png],
  ["image/jpeg", encoded.jpeg],
])("records an image of the type %s, and again without a change", async (mediaType, base64) => {
  const given = run({
    invocations: [{ sequenceNumber: 0, model: "P", type: "IMAGE", outputImage: { mediaType, base64 } }],
  });
  expect(await record(given)).toMatchObject({ invocationCount: 1 });
  expect(await record(given)).toMatchObject({ invocationCount: 0 });
  const [{ outputImage, outputImageMediaType }] = await stored(given.id);
  expect(outputImageMediaType).toBe(mediaType);
  expect(Buffer.from(outputImage!.bytes).toString("base64")).toBe(base64);
});

test("recording the same again changes nothing, with ids typed or bare, and invocations in any order", async () => {
  const given = run({
    seed: 3,
    invocations: [text(0, { embeddings: [embedded("Again", 1, 2)] }), text(1), text(2)],
  });
  await record(given);
  const before = await rows();
  const again = { ...given, id: `Run:${given.id}`, seed: 3n, invocations: given.invocations.toReversed() };
  expect(await record(given)).toMatchObject({ runCount: 0, invocationCount: 0, embeddingCount: 0 });
  expect(await record(again)).toMatchObject({ runCount: 0, invocationCount: 0, embeddingCount: 0 });
  expect(await rows()).toEqual(before);
});

test("a run can grow: by later invocations, ones in between, and embeddings", async () => {
  const given = run({ invocations: [text(0), text(4)] });
  await record(given);
  const grow = (...invocations: InvocationInput[]) => record({ ...given, invocations });
  expect(await grow(text(2), text(6))).toMatchObject({ runCount: 0, invocationCount: 2, embeddingCount: 0 });
  expect(await grow(text(4, { embeddings: [embedded("Grow", 1)] }))).toMatchObject({
    invocationCount: 0,
    embeddingCount: 1,
  });
  expect(await grow(text(4, { embeddings: [embedded("Grow 2", 1, 2)] }))).toMatchObject({
    embeddingCount: 1,
  });
  // An invocation that was recorded first keeps its input, though another has come in between; recording it again is
  // not a conflict.
  expect(await record(given)).toMatchObject({ invocationCount: 0 });
  const [zero, two, four, six] = await stored(given.id);
  expect(two.inputInvocationId).toBe(zero.id);
  expect(four.inputInvocationId).toBe(zero.id);
  expect(six.inputInvocationId).toBe(four.id);
  expect(four.embeddings.map(({ embeddingModel }) => embeddingModel.name).sort()).toEqual(["Grow", "Grow 2"]);
});

test("newest first is the order of recording, reversed, also within one request", async () => {
  const ids = [uuid(), uuid(), uuid()].reverse();
  await record(...ids.map((id) => run({ id })));
  const newest = await temporary.app.database.prisma.run.findMany({
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: 3,
  });
  expect(newest.map(({ id }) => id)).toEqual(ids.toReversed());
});

describe("rows that exist must be equal", () => {
  let given: RunInput;
  beforeAll(async () => {
    given = run({
      seed: 1,
      metadata: { b: 1, a: 2 },
      invocations: [
        {
          sequenceNumber: 0,
          model: "P",
          type: "IMAGE",
          outputImage: { mediaType: "image/webp", base64: webp },
        },
        text(1, { embeddings: [embedded("Equal", 1, 2)] }),
        text(2, { externalId: "row 2", metadata: { a: "b" } }),
      ],
    });
    await record(given);
  });
  const named = { externalId: "row 2", metadata: { a: "b" } };
  const otherWebp = Buffer.from("RIFF\x10\0\0\0WEBPVP8 other", "latin1").toString("base64");
  const image = { sequenceNumber: 0, model: "P", type: "IMAGE" as const };
  const cases: [path: string, change: (run: RunInput) => RunInput, message: RegExp][] = [
    ["initialPrompt", (r) => ({ ...r, initialPrompt: "b" }), /recorded as "a prompt"/],
    ["network", (r) => ({ ...r, network: ["Painter"] }), /recorded as/],
    ["seed", (r) => ({ ...r, seed: null }), /recorded as 1/],
    ["maxLength", (r) => ({ ...r, maxLength: 9 }), /recorded as null/],
    ["invocations.0.outputText", (r) => ({ ...r, invocations: [text(2, { outputText: "b" })] }), /"text 2"/],
    ["invocations.0.outputText", (r) => ({ ...r, invocations: [text(2, { outputText: null })] }), /"text 2"/],
    ["invocations.0.model", (r) => ({ ...r, invocations: [text(2, { model: "X" })] }), /"Viewer"/],
    ["invocations.0.type", (r) => ({ ...r, invocations: [text(2, { type: "IMAGE" })] }), /"TEXT"/],
    ["metadata", (r) => ({ ...r, metadata: { a: 2, b: 2 } }), /recorded with \{"b":1\}/],
    ["metadata", (r) => ({ ...r, metadata: null }), /recorded with \{"a":2\}/],
    [
      "invocations.0.metadata",
      (r) => ({ ...r, invocations: [text(2, { ...named, metadata: { a: "c" } })] }),
      /recorded with \{"/,
    ],
    [
      "invocations.0.metadata",
      (r) => ({ ...r, invocations: [text(2, { ...named, metadata: null })] }),
      /recorded with \{"/,
    ],
    [
      "invocations.0.externalId",
      (r) => ({ ...r, invocations: [text(2, { ...named, externalId: "row 3" })] }),
      /recorded as "row 2"/,
    ],
    [
      "invocations.0.externalId",
      (r) => ({ ...r, invocations: [text(2, { ...named, externalId: null })] }),
      /recorded as "row 2"/,
    ],
    [
      "invocations.0.startedAt",
      (r) => ({ ...r, invocations: [text(2, { startedAt: new Date(0) })] }),
      /null/,
    ],
    ["invocations.0.id", (r) => ({ ...r, invocations: [text(2, { id: uuid() })] }), /at sequence number 2/],
    [
      "invocations.1.outputImage",
      (r) => ({
        ...r,
        invocations: [text(9), { ...image, outputImage: { mediaType: "image/webp", base64: otherWebp } }],
      }),
      /other bytes/,
    ],
    ["invocations.0.outputImage", (r) => ({ ...r, invocations: [image] }), /"image\/webp"/],
    [
      "invocations.0.embeddings.0.vector",
      (r) => ({ ...r, invocations: [text(1, { embeddings: [embedded("Equal", 1, 3)] })] }),
      /other numbers/,
    ],
    [
      "invocations.0.embeddings.0.id",
      (r) => ({ ...r, invocations: [text(1, { embeddings: [{ id: uuid(), ...embedded("Equal", 1, 2) }] })] }),
      /must be Embedding:/,
    ],
    [
      "invocations.0.embeddings.0.vector",
      (r) => ({ ...r, invocations: [text(2, { ...named, embeddings: [embedded("Equal", 1, 2, 3)] })] }),
      /has 3 dimensions, and the embedding model "Equal" has 2/,
    ],
    [
      "invocations.0.inputId",
      (r) => ({ ...r, invocations: [text(3, { inputId: v5("3", r.id) })] }),
      /same run with a lower sequence number/,
    ],
  ];
  test.each(cases)("%s", async (path, change, message) => {
    // The new run before it is not recorded either: all or nothing.
    await expectIssues([run(), change(given)], [[`input.runs.1.${path}`, message]]);
  });

  test("equal metadata is no conflict, whatever the order of its names", async () => {
    const before = await rows();
    expect(await record({ ...given, metadata: { a: 2, b: 1 } })).toMatchObject({ runCount: 0 });
    expect(await rows()).toEqual(before);
  });

  test("ids belong to one run", async () => {
    const id = v5("2", given.id);
    await expectIssues(
      [run({ invocations: [text(0, { id })] })],
      [["input.runs.0.invocations.0.id", /another run/]],
    );
    const embeddingId = v5("Equal", v5("1", given.id));
    await expectIssues(
      [run({ invocations: [text(0, { embeddings: [{ id: embeddingId, ...embedded("Equal", 1, 2) }] })] })],
      [["input.runs.0.invocations.0.embeddings.0.id", /another embedding/]],
    );
    await expectIssues(
      [run({ invocations: [text(0, { inputId: id })] })],
      [["input.runs.0.invocations.0.inputId", /same run/]],
    );
  });

  test("two vectors of one new model must have equal dimensions", async () => {
    const invocations = [
      text(0, { embeddings: [embedded("New model", 1)] }),
      text(1, { embeddings: [embedded("New model", 1, 2)] }),
    ];
    await expectIssues(
      [run({ invocations })],
      [["input.runs.0.invocations.1.embeddings.0.vector", /has 2 dimensions, .* has 1/]],
    );
  });
});

describe("invalid input", () => {
  const one = (fields: Partial<InvocationInput>) => run({ invocations: [text(0, fields)] });
  const at = "input.runs.0.invocations.0";
  const vector = (value: object) => one({ embeddings: [{ embeddingModel: "M", vector: value }] });
  const atVector = `${at}.embeddings.0.vector`;
  const png = Buffer.from("\x89PNG\r\n\x1a\n", "latin1").toString("base64");
  const picture = (mediaType: string, base64: string) =>
    one({ type: "IMAGE", outputText: null, outputImage: { mediaType, base64 } });
  const cases: [what: string, run: RunInput, path: string, message: RegExp][] = [
    ["an id of another type", run({ id: `Cluster:${uuid()}` }), "input.runs.0.id", /is the id of a Cluster/],
    ["an invalid id", run({ id: "seven" }), "input.runs.0.id", /must be the id of a Run/],
    ["an empty network", run({ network: [] }), "input.runs.0.network", /at least one/],
    ["an empty model of the network", run({ network: ["A", " "] }), "input.runs.0.network.1", /empty/],
    ["maxLength 0", run({ maxLength: 0 }), "input.runs.0.maxLength", /from 1/],
    ["a seed of 65 bits", run({ seed: 2n ** 63n }), "input.runs.0.seed", /64 bits/],
    ["a seed that JSON has rounded", run({ seed: 2 ** 60 }), "input.runs.0.seed", /64 bits/],
    ["U+0000 in a text", run({ initialPrompt: "a\0b" }), "input.runs.0.initialPrompt", /U\+0000/],
    ["a lone surrogate", one({ outputText: "\ud83d" }), `${at}.outputText`, /surrogate/],
    ["a negative sequence number", one({ sequenceNumber: -1 }), `${at}.sequenceNumber`, /from 0/],
    ["a fraction", one({ sequenceNumber: 1.5 }), `${at}.sequenceNumber`, /whole/],
    ["an empty model", one({ model: "" }), `${at}.model`, /empty/],
    ["an unknown type", one({ type: "AUDIO" as "TEXT" }), `${at}.type`, /TEXT or IMAGE/],
    ["an invalid time", one({ startedAt: "yesterday" }), `${at}.startedAt`, /date and time/],
    [
      "a text with an image",
      one({ outputImage: { mediaType: "image/webp", base64: webp } }),
      `${at}.outputImage`,
      /TEXT/,
    ],
    ["another image type", picture("image/gif", webp), `${at}.outputImage.mediaType`, /one of image\/avif,/],
    [
      "AVIF that is said to be PNG",
      picture("image/png", encoded.avif),
      `${at}.outputImage.base64`,
      /holds image\/avif/,
    ],
    ["bytes of another type", picture("image/webp", png), `${at}.outputImage.base64`, /holds image\/png/],
    ["bytes without a type", picture("image/jpeg", "AAAA"), `${at}.outputImage.base64`, /does not hold/],
    [
      "an image that is HTML",
      picture("image/svg+xml", Buffer.from("<html><svg></svg></html>").toString("base64")),
      `${at}.outputImage.base64`,
      /does not hold/,
    ],
    [
      "an image that is not base64",
      picture("image/webp", "UklGR!=="),
      `${at}.outputImage.base64`,
      /must be base64/,
    ],
    ["an empty vector", vector({ floats: [] }), atVector, /at least 1/],
    ["a vector of 0 bytes", vector({ base64: "" }), atVector, /at least 1/],
    ["a vector of 3 bytes", vector({ base64: "AAAA" }), `${atVector}.base64`, /3 bytes/],
    ["a vector of NaN", vector({ floats: [1, Number.NaN] }), atVector, /NaN at index 1/],
    [
      "infinity in base64",
      vector({ base64: Buffer.from(Float32Array.of(1, -1 / 0).buffer).toString("base64") }),
      atVector,
      /infinity at index 1/,
    ],
    [
      "a vector too large for float32",
      vector({ floats: [1, 1e39] }),
      `${atVector}.floats.1`,
      /^is a number beyond the range of float32\.$/,
    ],
    ["a vector of zeros", vector({ floats: [0, -0] }), atVector, /all zeros/],
    ["a vector of zeros once it is float32", vector({ floats: [1e-50] }), atVector, /all zeros/],
    ["a vector in both forms", vector({ floats: [1], base64: "AACAPw==" }), atVector, /either/],
    ["a vector in neither form", vector({}), atVector, /either/],
    [
      "an empty embedding model",
      one({ embeddings: [embedded("", 1)] }),
      `${at}.embeddings.0.embeddingModel`,
      /empty/,
    ],
    ["an empty external id", one({ externalId: "" }), `${at}.externalId`, /1 to 500 characters/],
    [
      "an external id of 501 characters",
      one({ externalId: "🚲".repeat(501) }),
      `${at}.externalId`,
      /1 to 500 characters/,
    ],
    ["U+0000 in an external id", one({ externalId: "a\0b" }), `${at}.externalId`, /U\+0000/],
    ["metadata that is a list", one({ metadata: [1] }), `${at}.metadata`, /must be an object/],
    ["metadata that is text", run({ metadata: "{}" }), "input.runs.0.metadata", /must be an object/],
    [
      "a number that is not finite",
      run({ metadata: { a: [1, Number.POSITIVE_INFINITY] } }),
      "input.runs.0.metadata.a.1",
      /finite/,
    ],
    [
      "a whole number that JSON.parse has rounded",
      one({ metadata: JSON.parse('{"id":{"n":9007199254740993}}') }),
      `${at}.metadata.id.n`,
      /must be a text/,
    ],
    ["an unknown field", { ...run(), prompt: "x" } as RunInput, "input.runs.0.prompt", /unknown/],
  ];
  test.each(cases)("%s", async (_, given, path, message) => {
    await expectIssues([given], [[path, message]]);
  });

  test("duplicates in the input", async () => {
    const id = uuid();
    const invocationId = uuid();
    const embeddingId = uuid();
    await expectIssues(
      [
        run({ id, invocations: [text(0, { id: invocationId }), text(0)] }),
        run({
          id: `Run:${id}`,
          invocations: [
            text(0, { id: invocationId, embeddings: [embedded("M", 1), embedded("M", 1)] }),
            text(1, { embeddings: [{ id: embeddingId, ...embedded("M", 1) }] }),
            text(2, { embeddings: [{ id: embeddingId, ...embedded("M", 1) }] }),
          ],
        }),
      ],
      [
        ["input.runs.0.invocations.1.sequenceNumber", /twice/],
        ["input.runs.1.id", /twice/],
        ["input.runs.1.invocations.0.id", /twice/],
        ["input.runs.1.invocations.0.embeddings.1.embeddingModel", /twice/],
        ["input.runs.1.invocations.2.embeddings.0.id", /twice/],
      ],
    );
  });

  test("more runs, or more invocations in total, than can be recorded together", async () => {
    const before = await rows();
    const refusalOf = async (...runs: RunInput[]) => {
      const refusal = (await record(...runs)) as InvalidInputError;
      return refusal.issues.map(({ path, message }) => [path.join("."), message]);
    };
    expect(await refusalOf(...Array(10_001).fill(run()))).toEqual([
      ["input.runs", "must have at most 10000 elements, and has 10001."],
    ]);
    const half = (count: number) => run({ invocations: Array.from({ length: count }, (_, i) => text(i)) });
    expect(await refusalOf(half(10_000), half(10_001), half(1))).toEqual([
      [
        "input.runs.1.invocations",
        "are too many: runs that are recorded together have at most 20000 invocations. Record the rest afterwards; a run may grow.",
      ],
    ]);
    expect(await rows()).toEqual(before);
  });

  test("reports at most 20 issues, each with its value, shortened", async () => {
    const runs = Array.from({ length: 30 }, () =>
      run({ maxLength: -5, initialPrompt: `${"x".repeat(300)}\0` }),
    );
    const outcome = (await record(...runs)) as InvalidInputError;
    expect(outcome.issues).toHaveLength(20);
    expect(outcome.issues[0].value).toHaveLength(100);
    expect(outcome.issues[1].value).toBe("-5");
  });
});

test("property: a run is the same whether recorded in two steps or one, or again", async () => {
  const invocations = fc.uniqueArray(
    fc.record({
      sequenceNumber: fc.nat(40),
      outputText: fc.option(fc.string({ unit: "grapheme", maxLength: 8 }).filter((t) => !t.includes("\0"))),
      embeddings: fc.uniqueArray(fc.constantFrom("Two", "Three"), { maxLength: 2 }),
    }),
    { selector: ({ sequenceNumber }) => sequenceNumber, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(invocations, fc.nat(12), async (all, cut) => {
      const inputs = all.map(({ embeddings, ...fields }) =>
        text(fields.sequenceNumber, {
          ...fields,
          embeddings: embeddings.map((model) =>
            embedded(model, 1, fields.sequenceNumber, ...(model === "Two" ? [] : [3])),
          ),
        }),
      );
      const embeddingCount = inputs.reduce((sum, { embeddings }) => sum + embeddings!.length, 0);
      const given = run({ invocations: inputs.slice(0, cut) });
      const first = await record(given);
      const second = await record({ ...given, invocations: inputs });
      if (first instanceof InvalidInputError) throw new Error(first.message);
      if (second instanceof InvalidInputError) throw new Error(second.message);
      expect(first.invocationCount + second.invocationCount).toBe(inputs.length);
      expect(first.embeddingCount + second.embeddingCount).toBe(embeddingCount);
      const before = await stored(given.id);
      expect(before.map(({ outputText }) => outputText)).toEqual(
        [...inputs].sort((a, b) => a.sequenceNumber - b.sequenceNumber).map(({ outputText }) => outputText),
      );
      expect(await record({ ...given, invocations: inputs })).toMatchObject({
        invocationCount: 0,
        embeddingCount: 0,
      });
      expect(await stored(given.id)).toEqual(before);
    }),
    { numRuns: 25 },
  );
});
