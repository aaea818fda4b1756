import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { widenFloat16 } from "../../../src/import/float16.js";
import { loadSample, SampleConflictError } from "../../../src/import/sample/loadSample.js";
import { recordedRows } from "../../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../../temporaryApp.js";

let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
});
afterAll(() => temporary.close());

const manifest = JSON.parse(
  readFileSync(new URL("../../../sample/data/manifest.json", import.meta.url), "utf8"),
) as {
  embeddingModel: { name: string; dimensions: number };
  counts: { runs: number; invocations: number; images: number; embeddings: number; distinctTexts: number };
};
const { counts, embeddingModel } = manifest;
const all = {
  runCount: counts.runs,
  invocationCount: counts.invocations,
  embeddingCount: counts.embeddings,
};
const none = { runCount: 0, invocationCount: 0, embeddingCount: 0 };

test("records the whole sample, and nothing when it is loaded again", async () => {
  const progress: number[] = [];
  const first = await loadSample(temporary.app, { onProgress: (value) => progress.push(value) });
  expect(first).toEqual({ embeddingModel: embeddingModel.name, taken: all, alreadyThere: none });
  expect(progress.at(-1)).toBe(1);
  const recorded = {
    runs: counts.runs,
    invocations: counts.invocations,
    images: counts.images,
    embeddings: { [embeddingModel.name]: counts.embeddings },
  };
  expect(await recordedRows(temporary.app)).toEqual(recorded);
  expect(await loadSample(temporary.app)).toEqual({ ...first, taken: none, alreadyThere: all });
  expect(await recordedRows(temporary.app)).toEqual(recorded);
});

test("each text has its vector: equal texts have equal vectors, different texts different ones, all of length 1", async () => {
  const { prisma } = temporary.app.database;
  const embeddings = await prisma.embedding.findMany({ include: { invocation: true } });
  const vectorOfText = new Map<string, string>();
  for (const { vector, invocation } of embeddings) {
    const bytes = Buffer.from(vector);
    const text = invocation.outputText!;
    expect(vectorOfText.get(text) ?? bytes.toString("hex")).toBe(bytes.toString("hex"));
    vectorOfText.set(text, bytes.toString("hex"));
    const floats = new Float32Array(new Uint8Array(bytes).buffer);
    expect(floats).toHaveLength(embeddingModel.dimensions);
    expect(Math.hypot(...floats)).toBeCloseTo(1, 2);
  }
  expect(vectorOfText.size).toBe(counts.distinctTexts);
  expect(new Set(vectorOfText.values()).size).toBeGreaterThan(counts.distinctTexts * 0.95);
});

test("reports it if other content is recorded under its ids", async () => {
  const { prisma } = temporary.app.database;
  const run = await prisma.run.findFirstOrThrow();
  await prisma.run.update({ where: { id: run.id }, data: { initialPrompt: "changed" } });
  const before = await recordedRows(temporary.app);
  await expect(loadSample(temporary.app)).rejects.toThrow(SampleConflictError);
  await expect(loadSample(temporary.app)).rejects.toThrow(/initialPrompt: is recorded as "changed"/);
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("converts every kind of float16 to float32", () => {
  const halves = [
    0x0000, 0x8000, 0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x7c00, 0xfc00, 0x7e00,
  ];
  const bytes = Buffer.alloc(2 * halves.length);
  for (const [i, half] of halves.entries()) bytes.writeUInt16LE(half, 2 * i);
  expect([...widenFloat16(bytes)]).toEqual([
    0,
    -0,
    1,
    -2,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    65504,
    1365 / 4096,
    Infinity,
    -Infinity,
    Number.NaN,
  ]);
});
