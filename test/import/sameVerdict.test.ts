import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importPanicTda } from "../../src/import/panicTda/importPanicTda.js";
import { importRunLines } from "../../src/import/runLines/importRunLines.js";
import type { RunInput } from "../../src/resolvers/recording/runInput.js";
import { recordedRows } from "../recordedRows.js";
import { type ServedFixture, serveFixture } from "../server/servedFixture.js";
import { type PanicTdaContent, type PanicTdaRow, writePanicTda } from "./panicTdaFixture.js";
import { shareImportThreads } from "./sharedThreads.js";

let folder: string;
let served: ServedFixture;
let importing: ReturnType<typeof shareImportThreads>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-verdict-"));
  served = await serveFixture();
  importing = shareImportThreads(served.fixture.app);
});
afterAll(async () => {
  await importing.close();
  await served.close();
  rmSync(folder, { recursive: true });
});

type Fields = Record<string, unknown>;
interface Given {
  run?: Fields;
  invocation?: Fields;
  embedding?: { id?: string; embeddingModel?: string; vector?: Buffer };
}

const float32 = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer);

/** A run of one invocation with one embedding, with ids of their own, changed as given. */
function runOf({ run, invocation, embedding }: Given) {
  const image = invocation?.outputImage as { mediaType: string; bytes: string } | undefined;
  const { vector = float32(1, 2), ...ofEmbedding } = embedding ?? {};
  return {
    run: { id: uuid(), network: ["m"], initialPrompt: "p", ...run },
    invocation: {
      ...{ id: uuid(), sequenceNumber: 0, model: "m", type: image ? "IMAGE" : "TEXT", ...invocation },
      ...(image && { outputImage: { mediaType: image.mediaType, base64: btoa(image.bytes) } }),
    } as Fields,
    embedding: {
      id: uuid(),
      embeddingModel: "Verdict",
      vector: { base64: vector.toString("base64") },
      ...ofEmbedding,
    },
    image,
    vector,
  };
}

function runInput(given: Given): RunInput {
  const { run, invocation, embedding } = runOf(given);
  return { ...run, invocations: [{ ...invocation, embeddings: [embedding] }] } as unknown as RunInput;
}

/** The same run as rows of panic-tda: ids without hyphens, times and texts unchanged. */
function panicTdaContent(given: Given): PanicTdaContent {
  const { run, invocation, embedding, image, vector } = runOf(given);
  const hex = (id: unknown) => (/^[\da-f-]{36}$/i.test(String(id)) ? String(id).replaceAll("-", "") : id);
  return {
    runs: [
      {
        ...{ id: hex(run.id), network: JSON.stringify(run.network), initial_prompt: run.initialPrompt },
        ...{ seed: (run as Fields).seed ?? null, max_length: (run as Fields).maxLength ?? null },
      },
    ],
    invocations: [
      {
        ...{ id: hex(invocation.id), run_id: hex(run.id), sequence_number: invocation.sequenceNumber },
        ...{ model: invocation.model, type: invocation.type, seed: invocation.seed ?? null },
        ...{
          output_text: invocation.outputText ?? null,
          output_image_data: image && Buffer.from(image.bytes, "latin1"),
        },
        ...{ started_at: invocation.startedAt ?? null, completed_at: invocation.completedAt ?? null },
      },
    ],
    embeddings: [
      {
        ...{ id: hex(embedding.id), invocation_id: hex(invocation.id) },
        ...{ embedding_model: embedding.embeddingModel, vector },
      },
    ],
  };
}

/** Lone surrogates can reach SQLite only as bytes. */
function writeHalves(path: string, content: PanicTdaContent): void {
  const halves: [table: string, column: string, bytes: string][] = [];
  const tables = { run: content.runs, invocation: content.invocations, embedding: content.embeddings };
  for (const [table, [row]] of Object.entries(tables) as [string, PanicTdaRow[]][]) {
    for (const [column, value] of Object.entries(row)) {
      if (value === undefined) row[column] = null;
      if (typeof value !== "string" || value.isWellFormed()) continue;
      halves.push([table, column, Buffer.concat([...value].map(bytesOf)).toString("hex")]);
      row[column] = "";
    }
  }
  const database = writePanicTda(path, content);
  for (const [table, column, bytes] of halves) {
    database.exec(`UPDATE ${table} SET ${column} = CAST(x'${bytes}' AS TEXT)`);
  }
  database.close();
}

function bytesOf(character: string): Buffer {
  const code = character.codePointAt(0)!;
  if (character.isWellFormed()) return Buffer.from(character);
  return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
}

let files = 0;
const mutation = `mutation ($runs: [RunInput!]!) {
  recordTrajectories(input: { runs: $runs }) { ... on InvalidInputError { issues { path message } } }
}`;

/** Each way to record a run, as a function that returns whether it accepts the whole run. */
const waysIn: Record<string, (given: Given) => Promise<boolean>> = {
  async "recordTrajectories over HTTP"(given) {
    const before = await recordedRows(served.fixture.app);
    const response = await served.post({ query: mutation, variables: { runs: [runInput(given)] } });
    const { data, errors } = await response.json();
    const isTaken = !errors && !data.recordTrajectories.issues;
    if (!isTaken) expect(await recordedRows(served.fixture.app)).toEqual(before);
    return isTaken;
  },
  async "JSON lines"(given) {
    const before = await recordedRows(served.fixture.app);
    const path = join(folder, `${files++}.jsonl`);
    writeFileSync(path, JSON.stringify(runInput(given)));
    const { taken, skipped } = await importRunLines(served.fixture.app, path);
    if (taken.runs === 1) return true;
    expect(skipped).toMatchObject([{ what: "run", count: 1, example: expect.stringMatching(/^line 1: ./) }]);
    expect(await recordedRows(served.fixture.app)).toEqual(before);
    return false;
  },
  async "panic-tda"(given) {
    const path = join(folder, `${files++}.sqlite`);
    writeHalves(path, panicTdaContent(given));
    const { taken, skipped } = await importPanicTda(importing, path);
    for (const { count, reason, example } of skipped) {
      expect(count).toBe(1);
      expect(reason).not.toBe("");
      expect(example).not.toBe("");
    }
    return taken.runs === 1 && skipped.length === 0;
  },
};

const moment = (startedAt: string) => ({ invocation: { startedAt } });
const svg = (bytes: string) => ({ invocation: { outputImage: { mediaType: "image/svg+xml", bytes } } });

const refused: [string, Given][] = [
  ...[
    ...["2025-02-30T00:00:00Z", "2025-02-29T12:00:00Z", "2025-04-31 00:00:00Z", "2025-13-01T00:00:00Z"],
    ...["2025-01-31T24:00:00Z", "2025-01-31T24:01:00Z", "2025-01-31T12:60:00Z", "2025-01-31T12:00:60Z"],
    ...[
      "9999-12-31T23:59:59-01:00",
      "10000-01-01T00:00:00Z",
      "+010000-01-01T00:00:00Z",
      "0000-06-01T00:00:00Z",
    ],
    ...["0001-01-01T00:00:00+00:01", "2025-01-31T12:00:00+24:00", "2025-01-31", "yesterday", ""],
  ].map((text): [string, Given] => [`startedAt ${text}`, moment(text)]),
  ["completedAt 2025-06-31", { invocation: { completedAt: "2025-06-31T00:00:00Z" } }],
  ...["\0", "a\0b", "\ud800", "a\udc00b"].flatMap((text): [string, Given][] => [
    ["initialPrompt", { run: { initialPrompt: text } }],
    ["network", { run: { network: ["m", text] } }],
    ["model", { invocation: { model: text } }],
    ["outputText", { invocation: { outputText: text } }],
    ["embeddingModel", { embedding: { embeddingModel: text } }],
  ]),
  ...["", " \t"].flatMap((text): [string, Given][] => [
    ["network", { run: { network: [text] } }],
    ["model", { invocation: { model: text } }],
    ["embeddingModel", { embedding: { embeddingModel: text } }],
  ]),
  ["network", { run: { network: [] } }],
  ["network", { run: { network: [7] } }],
  ...[0, -1, 2 ** 31, 1.5].map((maxLength): [string, Given] => ["maxLength", { run: { maxLength } }]),
  ...[-1, 2 ** 31, 0.5].map((sequenceNumber): [string, Given] => [
    "number",
    { invocation: { sequenceNumber } },
  ]),
  ...["9223372036854775808", "-9223372036854775809", "1.5", "x"].flatMap((seed): [string, Given][] => [
    ["seed", { run: { seed } }],
    ["seed", { invocation: { seed } }],
  ]),
  ...[
    ...[
      "{0198c1b2-0000-7000-8000-0000000000ab}",
      "urn:uuid:0198c1b2-0000-7000-8000-0000000000ab",
      "0198c1b2",
      "x",
      "",
    ],
    ...[
      "0198c1b2-00007000-8000-0000000000ab",
      "0198c1b200007000800000000000-0ab",
      "0198c1b2-0000-7000-8000-0000000000ag",
    ],
  ].flatMap((id): [string, Given][] => [
    ["id", { run: { id } }],
    ["id", { invocation: { id } }],
    ["id", { embedding: { id } }],
  ]),
  ["type", { invocation: { type: "SOUND" } }],
  ["image", svg("GIF89a")],
  ["image", svg("<svg>")],
  ["image", svg("<svg>\xe9</svg>")],
  ["image", { invocation: { ...svg("<svg/>").invocation, type: "TEXT" } }],
  ...[
    ...[float32(), float32(0, 0), float32(Number.NaN, 1), float32(1, Number.POSITIVE_INFINITY)],
    Buffer.from("abc"),
  ].map((vector): [string, Given] => ["vector", { embedding: { vector } }]),
];

const taken: [string, Given][] = [
  ["all usual fields", {}],
  ["the smallest and the largest values", { run: { seed: "-9223372036854775808", maxLength: 1 } }],
  [
    "the largest values",
    {
      run: { seed: "9223372036854775807", maxLength: 2 ** 31 - 1 },
      invocation: { sequenceNumber: 2 ** 31 - 1 },
    },
  ],
  [
    "any Unicode",
    {
      run: { network: ["日本 🎉"], initialPrompt: "\u{feff}e\u0301 \u{10ffff}" },
      invocation: { outputText: "" },
    },
  ],
  ["ids in capitals", { run: { id: uuid().toUpperCase() } }],
  ["an SVG", svg("<!-- a --><svg></svg >\n")],
];

const moments = [
  ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"],
  ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"],
  ["2026-01-31 12:00:00.123999+05:30", "2026-01-31T06:30:00.123Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
];

describe.each(Object.entries(waysIn))("%s", (_, takes) => {
  test.each(refused)("refuses %s: %j", async (_, given) => {
    expect(await takes(given)).toBe(false);
  });

  test.each(taken)("accepts %s: %j", async (_, given) => {
    const run = given.run?.id ? { ...given.run, id: uuid().toUpperCase() } : given.run;
    expect(await takes({ ...given, run })).toBe(true);
  });

  test.each([
    ["models", 1_000, (length: number): Given => ({ run: { network: Array(length).fill("m") } })],
    [
      "components",
      65_536,
      (length: number): Given => {
        const vector = float32(...Array(length).fill(1));
        return { embedding: { embeddingModel: `Verdict ${length}`, vector } };
      },
    ],
  ])("accepts as many %s as %i, and no more", async (_, most, given) => {
    expect(await takes(given(most + 1))).toBe(false);
    expect(await takes(given(most))).toBe(true);
  });

  test.each(moments)("reads %s as %s", async (text, moment) => {
    const id = uuid();
    expect(await takes({ invocation: { id, startedAt: text } })).toBe(true);
    const { prisma } = served.fixture.app.database;
    expect(await prisma.invocation.findUniqueOrThrow({ where: { id } })).toMatchObject({
      startedAt: new Date(moment),
    });
  });
});
