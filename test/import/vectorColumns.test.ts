import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metadataText } from "../../src/database/recording/metadata.js";
import { importedFileOf } from "../../src/import/importedFile.js";
import { importTable } from "../../src/import/table/importTable.js";
import { rowIdOf, singleRunId } from "../../src/import/table/rowIds.js";
import { seemingVector } from "../../src/import/table/seemingVector.js";
import type { TableOptions } from "../../src/import/table/tableOptions.js";
import { shareOfVectors } from "../../src/import/table/vectorColumns.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";
import { left, skippedOf, takenRows } from "./reportedRows.js";
import { npy } from "./tableFiles.js";

let here: ImportFolder;
beforeAll(async () => {
  here = await openImportFolder();
});
afterAll(() => here.close());

const importFile = (path: string, options: Omit<TableOptions, "path" | "shownPath" | "dataset">) =>
  importTable(here.importing, { path, shownPath: path, dataset: "vectors", ...options });

let count = 0;
/** A name that no other test uses: of an embedding model, or in front of ids. */
const unique = () => `vectors ${++count}`;

type Row = Record<string, unknown>;

const csvField = (value: unknown) => {
  const text = value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return `"${text.replaceAll('"', '""')}"`;
};
const formats: Record<string, (name: string, rows: Row[]) => string> = {
  CSV: (name, rows) =>
    here.file(
      `${name}.csv`,
      [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))]
        .map((fields) => fields.map(csvField).join(","))
        .join("\n"),
    ),
  "JSON lines": (name, rows) => here.file(`${name}.jsonl`, rows.map((row) => JSON.stringify(row)).join("\n")),
  "texts in Parquet": (name, rows) =>
    here.file(
      `${name}.parquet`,
      new Uint8Array(
        parquetWriteBuffer({
          columnData: Object.keys(rows[0]).map((column) => ({
            name: column,
            type: "STRING",
            nullable: true,
            data: rows.map((row) => {
              const value = row[column];
              return value === null || typeof value === "string" ? value : JSON.stringify(value);
            }),
          })),
        }),
      ),
    ),
};

const forms: Record<string, (vector: number[]) => unknown> = {
  lists: (vector) => vector,
  "lists as JSON": (vector) => JSON.stringify(vector),
  base64: (vector) => Buffer.from(Float32Array.from(vector).buffer).toString("base64"),
  "arrays as NumPy prints them": (vector) => `[${vector.join("\n ")}]`,
  "arrays as NumPy shows them": (vector) => `array([${vector.join(", ")}], dtype=float32)`,
  "lists of NumPy's numbers": (vector) => `[${vector.map((number) => `np.float32(${number})`).join(", ")}]`,
  tensors: (vector) => `tensor([${vector.join(", ")}], device='cuda:0')`,
  tuples: (vector) => `(${vector.join(", ")})`,
  "lists with nan": (vector) => `[${["nan", ...vector.slice(1)].join(", ")}]`,
};
/** Those that are read. */
const readable = ["lists", "lists as JSON", "base64"];

const dimensions = 20;
const vector = (n: number, length = dimensions) => Array.from({ length }, (_, i) => (n + i) / 8);

/** Ten rows: seven vectors, one of another length, one value that is none, and one that is missing. */
function mixedRows(prefix: string, form: (vector: number[]) => unknown): Row[] {
  return Array.from({ length: 10 }, (_, n) => ({
    id: `${prefix} ${n}`,
    text: `text ${n}`,
    note: `note ${n}`,
    v: n === 2 ? form(vector(n, 17)) : n === 5 ? "pending" : n === 7 ? null : form(vector(n)),
  }));
}

async function storedMetadata(prefix: string): Promise<unknown[]> {
  const rows = await here.temporary.app.database.prisma.invocation.findMany({
    where: { externalId: { startsWith: `${prefix} ` } },
    orderBy: { externalId: "asc" },
  });
  return rows.map(({ metadata }) => metadata && JSON.parse(metadata));
}
const notes = Array.from({ length: 10 }, (_, n) => ({ note: `note ${n}` }));

describe.each(Object.entries(formats))("%s", (_, write) => {
  test.each(Object.entries(forms))(
    "a column that mostly holds vectors is no metadata, and its vectors can be added: %s",
    async (form, written) => {
      const prefix = unique();
      const path = write("mixed", mixedRows(prefix, written));
      const texts = await importFile(path, { text: "text", id: "id" });
      expect(takenRows(texts)).toEqual([10, 10, 0]);
      expect(skippedOf(texts)).toEqual(["1 column: it holds vectors (v)"]);
      expect(await storedMetadata(prefix)).toEqual(notes);

      // Texts that cannot be read are written anew.
      const isRead = readable.includes(form);
      const again = isRead ? path : write("mixed", mixedRows(prefix, JSON.stringify));
      const options = { text: "text", id: "id", vector: "v", embeddingModel: prefix };
      const embedded = await importFile(again, options);
      expect(takenRows(embedded)).toEqual([0, 0, 7]);
      expect(embedded.alreadyThere.runs).toBe(10);
      expect([left(embedded, "row"), left(embedded, "embedding")]).toEqual([0, 3]);
      expect(takenRows(await importFile(again, options))).toEqual([0, 0, 0]);
      expect(await storedMetadata(prefix)).toEqual(notes);
    },
  );

  test("vectors that were recorded as metadata do not count as a change; what else differs does", async () => {
    const prefix = unique();
    const rows = mixedRows(prefix, JSON.stringify);
    const path = write("former", rows);
    await importFile(path, { text: "text", id: "id" });
    const { prisma } = here.temporary.app.database;
    const former = rows.map(({ note, v }, n) =>
      metadataText(n === 3 ? { note: "another", v } : v === null ? { note } : { note, v }),
    ) as string[];
    for (const [n, metadata] of former.entries()) {
      await prisma.invocation.updateMany({
        where: { externalId: `${prefix} ${n}` },
        data: { metadata: n === 4 ? null : metadata },
      });
    }
    const options = { text: "text", id: "id", vector: "v", embeddingModel: prefix };
    const embedded = await importFile(path, options);
    expect(takenRows(embedded)).toEqual([0, 0, 5]);
    expect(skippedOf(embedded)).toEqual(
      expect.arrayContaining([
        `2 row: it differs from the recorded row: other columns (row 4, id ${prefix} 3: is recorded with {"note":"another"}. Given: {"note":"note 3"})`,
      ]),
    );
    expect(left(embedded, "row")).toBe(2);
    expect((await storedMetadata(prefix)).map((metadata) => metadata && metadataText(metadata))).toEqual(
      former.map((metadata, n) => (n === 4 ? null : metadata)),
    );

    // The vectors may also be in a file of their own.
    const numbers = Float32Array.from({ length: 10 * 3 }, (_, i) => i + 1);
    const vectors = here.file("former.npy", npy(new Uint8Array(numbers.buffer), "<f4", [10, 3]));
    const ofFile = await importFile(path, {
      text: "text",
      id: "id",
      vectors,
      embeddingModel: `${prefix} in a file`,
    });
    expect(takenRows(ofFile)).toEqual([0, 0, 8]);
  });

  test("a row that was recorded without metadata, since it was too large with the vector, gets its vector", async () => {
    const prefix = unique();
    const rows = [0, 1].map((n) => ({
      id: `${prefix} ${n}`,
      text: `text ${n}`,
      note: `note ${n}`,
      v: JSON.stringify(Array.from({ length: 3000 }, (_, i) => (n + i) / 7)),
    }));
    const path = write("large", [...rows, { ...rows[0], id: `${prefix} 2`, v: "pending" }]);
    await importFile(path, { text: "text", id: "id" });
    await here.temporary.app.database.prisma.invocation.updateMany({
      where: { externalId: { startsWith: `${prefix} ` } },
      data: { metadata: null },
    });
    const embedded = await importFile(path, { text: "text", id: "id", vector: "v", embeddingModel: prefix });
    expect(takenRows(embedded)).toEqual([0, 0, 2]);
    // The row without a vector would not have been too large.
    expect([left(embedded, "metadata"), left(embedded, "row")]).toEqual([2, 1]);
    expect(await storedMetadata(prefix)).toEqual([null, null, null]);
  });

  test("rows without ids whose vectors were recorded as metadata are found, and get their vectors", async () => {
    const prefix = unique();
    const rows = mixedRows(prefix, JSON.stringify).map(({ id, text, note, v }) => ({
      ...{ text: `${id} ${text}`, note, v },
    }));
    const path = write("numbered", rows);
    await here.temporary.app.database.bulk.recordRuns(
      rows.map(({ text, note, v }, i) => {
        const metadata = metadataText(v === null ? { note } : { note, v }) as string;
        const id = rowIdOf("vectors", { number: i + 1, content: [text, "unknown", "", metadata] });
        const invocation = {
          ...{ id, sequenceNumber: 0, model: "unknown", type: "TEXT" as const, seed: null },
          ...{ inputInvocationId: undefined, outputText: text, outputImage: null, startedAt: null },
          ...{ completedAt: null, externalId: null, metadata, embeddings: [] },
        };
        return {
          ...{ id: singleRunId(id), network: ["unknown"], initialPrompt: "", seed: null, maxLength: null },
          ...{ metadata: null, invocations: [invocation] },
        };
      }),
      { importedFile: importedFileOf(path) },
    );
    const embedded = await importFile(path, { text: "text", vector: "v", embeddingModel: prefix });
    expect(takenRows(embedded)).toEqual([0, 0, 7]);
    expect(embedded.alreadyThere.runs).toBe(10);
  });
});

test("what Python prints of vectors is recognised, and no other text in brackets", () => {
  for (const [text, length] of [
    ["[0.5, 1.5]", 2],
    ["[1. 2. 3.]", 3],
    ["[-1.2e-05\n  3.4e+01]", 2],
    ["array([1., 2.])", 2],
    ["np.array([1, 2.5])", 2],
    ["tensor([0.1000, 0.2000], grad_fn=<AddBackward0>)", 2],
    ["[nan, inf, 1.0]", 3],
    ["[0.1, null, 0.3]", 3],
    [`(${vector(1).join(", ")})`, dimensions],
  ] as const) {
    expect(seemingVector(text), text).toMatchObject({ length });
  }
  for (const text of [
    "(555) 123-4567",
    "(12.5, 13.7)",
    "[12 Angry Men]",
    "[information]",
    "[1] see below",
    "[2021]",
    "array of 3",
    "[[1.5, 2], [3, 4]]",
    '["a", 1.5]',
    '[null, "a"]',
    "a word of 16 letters",
  ]) {
    expect(seemingVector(text), text).toBeNull();
  }
  for (const value of [null, undefined, "", "None", "nan", " ", "[]"])
    expect(seemingVector(value)).toBe("missing");
});

test("most values decide, and short lists of whole numbers are not vectors", () => {
  const share = (...values: unknown[]) => shareOfVectors(values);
  expect(share([1.5, 2], [3, 4])).toBe("all");
  expect(share([1.5, 2], [3, 4], "pending")).toBe("most");
  expect(share([1.5, 2], [3, 4], [1, 2, 3])).toBe("most");
  expect(share([1.5, 2], "a", "b")).toBe("few");
  expect(share([1.5, 2], "a")).toBe("few");
  expect(share([1, 2], [3, 4])).toBe("few");
  expect(share(Array(16).fill(1), Array(16).fill(2))).toBe("all");
  expect(share(Array(16).fill(1), Array(17).fill(2))).toBe("few");
  expect(share(Array(16).fill(0.5), Array(17).fill(0.5), Array(18).fill(0.5))).toBe("most");
  expect(share("[1.5 2.5]", "[3. 4.5]")).toBe("most");
  expect(share([1.5, null], [3, 4])).toBe("most");
  expect(share(null, "", [])).toBe("unknown");
});
