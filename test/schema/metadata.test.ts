import fc from "fast-check";
import { v7 as newUuid } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, openFixture } from "../fixtures.js";
import { recordedRows } from "../recordedRows.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const recorded = `__typename
  ... on RecordedTrajectories {
    runCount
    runs { metadata invocations { edges { node { externalId metadata } } } }
  }
  ... on InvalidInputError { issues { path message value } }`;
const mutation = `mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) { ${recorded} } }`;
const runWith = (fields: object, invocation: object = {}) => ({
  ...{ id: newUuid(), network: ["Viewer"], initialPrompt: "a prompt", ...fields },
  invocations: [{ sequenceNumber: 0, model: "Viewer", type: "TEXT", outputText: "a text", ...invocation }],
});
const record = async (run: object) =>
  (await fixture.data(mutation, { input: { runs: [run] } })).recordTrajectories;

test("property: any metadata is returned as it was given", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 6 }).filter((t) => !t.includes("\0"));
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n));
  const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      number,
      text,
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "constructor", "1")), tie("value"), {
      maxKeys: 4,
    }),
  }));
  await fc.assert(
    fc.asyncProperty(object, object, async (ofRun, ofInvocation) => {
      const given = JSON.parse(JSON.stringify([ofRun, ofInvocation])); // without negative zeros, as JSON is sent
      const run = runWith({ metadata: given[0] }, { metadata: given[1] });
      const { runCount, runs } = await record(run);
      expect(runCount).toBe(1);
      expect(runs[0].metadata).toEqual(given[0]);
      expect(runs[0].invocations.edges[0].node.metadata).toEqual(given[1]);
      expect((await record(run)).runCount).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test("metadata may be written into the document, with variables in it", async () => {
  const query = `mutation($n: Int) { recordTrajectories(input: { runs: [{
    id: "${newUuid()}" network: ["Viewer"] initialPrompt: "a prompt"
    metadata: { text: "x", number: -1.5, list: [true, null, RED], nested: { n: $n } }
    invocations: [{ sequenceNumber: 0 model: "Viewer" type: TEXT externalId: "row 7" metadata: {} }]
  }] }) { ${recorded} } }`;
  expect((await fixture.data(query, { n: 7 })).recordTrajectories.runs).toEqual([
    {
      metadata: { text: "x", number: -1.5, list: [true, null, "RED"], nested: { n: 7 } },
      invocations: { edges: [{ node: { externalId: "row 7", metadata: {} } }] },
    },
  ]);
});

test("without metadata and external id, both are null", async () => {
  for (const fields of [{}, { metadata: null }]) {
    expect((await record(runWith(fields, { ...fields, externalId: null }))).runs).toEqual([
      { metadata: null, invocations: { edges: [{ node: { externalId: null, metadata: null } }] } },
    ]);
  }
});

const at = "input.runs.0";
test.each([
  ["a list", { metadata: [1] }, {}, `${at}.metadata`, "[1]"],
  ["a number", { metadata: 5 }, {}, `${at}.metadata`, "5"],
  ["U+0000", {}, { metadata: { a: ["\0"] } }, `${at}.invocations.0.metadata.a.0`, '"\\u0000"'],
  ["a lone surrogate", { metadata: { a: "\ud83d" } }, {}, `${at}.metadata.a`, '"\\ud83d"'],
  ["16,001 bytes", { metadata: { a: "x".repeat(15_993) } }, {}, `${at}.metadata`, /^\{"a":"x+…$/],
  [
    "a whole number beyond 2^53",
    { metadata: { id: [2 ** 53] } },
    {},
    `${at}.metadata.id.0`,
    "9007199254740992",
  ],
  ["an empty external id", {}, { externalId: "" }, `${at}.invocations.0.externalId`, '""'],
  ["a long external id", {}, { externalId: "x".repeat(501) }, `${at}.invocations.0.externalId`, /^"x{98}…$/],
])("%s is refused, with its place and value", async (_, run, invocation, path, value) => {
  const before = await recordedRows(fixture.app);
  expect(await record(runWith(run, invocation))).toEqual({
    __typename: "InvalidInputError",
    issues: [
      {
        path: path.split("."),
        message: expect.any(String),
        value: typeof value === "string" ? value : expect.stringMatching(value),
      },
    ],
  });
  expect(await recordedRows(fixture.app)).toEqual(before);
});

test("a number that no float64 holds is refused, in a document and in variables", async () => {
  const literal = `mutation { recordTrajectories(input: { runs: [{
    id: "${newUuid()}" network: ["V"] initialPrompt: "" invocations: [] metadata: { a: 1e999 }
  }] }) { ${recorded} } }`;
  const issues = [
    { path: `${at}.metadata.a`.split("."), message: expect.stringContaining("finite"), value: "Infinity" },
  ];
  expect((await fixture.data(literal)).recordTrajectories.issues).toEqual(issues);
  const variables = JSON.parse('{"a":1e999}');
  expect((await record(runWith({ metadata: variables }))).issues).toEqual(issues);
});

test("metadata of 20 levels is recorded, of 21 it is refused", async () => {
  const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
  expect(
    (await record(runWith({}, { metadata: nested(20) }))).runs[0].invocations.edges[0].node.metadata,
  ).toEqual(nested(20));
  expect((await record(runWith({}, { metadata: nested(21) }))).issues).toEqual([
    {
      path: [..."input.runs.0.invocations.0.metadata".split("."), ...Array(20).fill("a")],
      message: expect.stringContaining("at most 20"),
      value: '"{…}"',
    },
  ]);
});

test("other metadata of what is recorded is a conflict that names the field", async () => {
  const run = runWith({ metadata: { a: 1 } }, { externalId: "row 1" });
  await record(run);
  expect((await record({ ...run, metadata: { a: 2 } })).issues).toEqual([
    {
      path: ["input", "runs", "0", "metadata"],
      message: 'is recorded with {"a":1}.',
      value: '{"a":2}',
    },
  ]);
  const [invocation] = run.invocations;
  expect((await record({ ...run, invocations: [{ ...invocation, externalId: "row 2" }] })).issues).toEqual([
    {
      path: "input.runs.0.invocations.0.externalId".split("."),
      message: 'is recorded as "row 1".',
      value: '"row 2"',
    },
  ]);
});
