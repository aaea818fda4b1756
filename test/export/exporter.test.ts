import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createExporter } from "../../src/export/exporter.js";
import { type Fixture, id, openFixture, uuid } from "../fixtures.js";
import { expectedAssignment, exportable, exported, writeExported } from "./exportedFixture.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeExported(fixture);
});
afterAll(() => fixture.close());

const arrayBuffer = (bytes: Buffer) => new Uint8Array(bytes).buffer;
const lines = (bytes: Buffer) =>
  bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const json = (row: object) => JSON.parse(JSON.stringify(row));
const all = Array.from({ length: 15 }, (_, n) => expectedAssignment(n));

const expectedClusters = [
  {
    ...{ label: 0, size: 8, share: 8 / 15, persistence: 0.75 },
    medoid_embedding_id: uuid("Embedding", 3),
    medoid_invocation_id: uuid("Invocation", 7),
    medoid_run_id: uuid("Run", 0),
    ...{ medoid_text: "two\r\nlines", name: "of two\nlines", note: null },
  },
  {
    ...{ label: 1, size: 4, share: 4 / 15, persistence: 0.25 },
    medoid_embedding_id: uuid("Embedding", 9),
    medoid_invocation_id: uuid("Invocation", 19),
    medoid_run_id: uuid("Run", 1),
    ...{ medoid_text: "text 9", name: null, note: "Grüße 🚲" },
  },
];

describe("JSON lines", () => {
  test("have a row for each embedding, outliers included, in the order of their ids", async () => {
    expect(lines(await exported(fixture))).toEqual(all.map(json));
  });

  test("have a row for each cluster, in the order of labels", async () => {
    expect(lines(await exported(fixture, { table: "CLUSTERS" }))).toEqual(expectedClusters);
  });

  test("have vectors if requested: of the embeddings, or of the medoids", async () => {
    expect(lines(await exported(fixture, { vectors: true }))).toEqual(
      all.map((row, n) => ({ ...json(row), vector: [n, 1] })),
    );
    expect(lines(await exported(fixture, { table: "CLUSTERS", vectors: true }))).toEqual(
      expectedClusters.map((row, label) => ({ ...row, medoid_vector: [[3, 9][label], 1] })),
    );
  });
});

describe("Parquet", () => {
  test("has the same rows, with texts as lists, times as times and metadata as text", async () => {
    const file = arrayBuffer(await exported(fixture, { format: "PARQUET", vectors: true }));
    expect(await parquetReadObjects({ file })).toEqual(
      all.map((row, n) => ({
        ...row,
        metadata: row.metadata && JSON.stringify(row.metadata),
        vector: [n, 1],
      })),
    );
    const clusters = arrayBuffer(await exported(fixture, { format: "PARQUET", table: "CLUSTERS" }));
    expect(await parquetReadObjects({ file: clusters })).toEqual(expectedClusters);
  });

  test("says with what parameters, from which embeddings, and when the result was computed", async () => {
    const file = arrayBuffer(await exported(fixture, { format: "PARQUET" }));
    const { key_value_metadata: metadata, num_rows } = parquetMetadata(file);
    expect(num_rows).toBe(15n);
    expect(metadata).toEqual([{ key: "medoid", value: expect.any(String) }]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(JSON.parse(metadata![0].value!)).toEqual({
      clusteringResultId: uuid("ClusteringResult", 0),
      embeddingModel: "words",
      dimensions: 2,
      algorithm: "HDBSCAN",
      parameters: {
        ...{ minClusterSize: 5, minSamples: 5, clusterSelectionMethod: "EXCESS_OF_MASS" },
        ...{ clusterSelectionEpsilon: 0, maxClusterSize: null, alpha: 1, allowSingleCluster: false },
        ...{ metric: "EUCLIDEAN", normalize: true, reduction: null },
      },
      filter: {
        ...{ runIds: null, networks: null, initialPrompts: null, models: null },
        ...{ sequenceNumber: null, everyNth: null },
      },
      inputDigest: "d".repeat(64),
      engineVersion: "test-1",
      ...{ createdAt: time, startedAt: time, finishedAt: time },
      ...{ embeddingCount: 15, clusterCount: 2, outlierCount: 3 },
      ...{ laidOutCount: null, placedCount: null },
      medoidVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
      table: "assignments",
      rowCount: 15,
    });
  });
});

test("CSV tells null from an empty text, quotes what ends a line, and has vectors in base64", async () => {
  const csv = (await exported(fixture, { format: "CSV", vectors: true })).toString();
  const vector = (n: number) => Buffer.from(new Float32Array([n, 1]).buffer).toString("base64");
  const row = (n: number, text: string, rest: string) =>
    `${uuid("Embedding", n)},${n === 0 ? "row 1" : ""},${uuid("Run", 0)},"[""painter"",""viewer""]",prompt 0,${2 * n + 1},viewer,${text},0,${rest}` +
    `,${vector(n)}\n`;
  const medoid = uuid("Invocation", 7);
  const started = (step: number) => `2026-01-02T00:00:0${step}.000Z`;
  const header =
    "embedding_id,external_id,run_id,network,initial_prompt,sequence_number,model,text,label,probability," +
    "outlier_score,is_medoid,medoid_invocation_id,metadata,started_at,completed_at,vector\n";
  expect(csv.slice(0, header.length)).toBe(header);
  const expected = [
    row(
      0,
      '"a ""cat"", asleep"',
      `1,0,false,${medoid},"{""colour"":""grün"",""n"":1}",${started(1)},2026-01-02T03:04:05.678Z`,
    ),
    row(1, '""', `0.99,0.05,false,${medoid},,${started(3)},`),
    row(2, "", `0.98,0.1,false,${medoid},,${started(5)},`),
    row(3, '"two\r\nlines"', `0.97,0.15,true,${medoid},,${started(7)},`),
    row(4, '"a\rreturn"', `0.96,0.2,false,${medoid},,${started(9)},`),
  ].join("");
  expect(csv.slice(header.length, header.length + expected.length)).toBe(expected);
  // A formula stays as it was recorded; an outlier has no medoid.
  expect(csv).toContain(",viewer,=1+1,0,0.95,0.25,false,");
  expect(csv).toContain(`,viewer,text 14,-1,0,0.7,false,,,${started(9)},,${vector(14)}\n`);
});

test("there are as many rows as the API counts", async () => {
  const { clusteringResult } = await fixture.data(
    "query($id: ID!) { clusteringResult(id: $id) { assignments { totalCount } clusters { totalCount } } }",
    { id: id("ClusteringResult", 0) },
  );
  const counts = [clusteringResult.assignments.totalCount, clusteringResult.clusters.totalCount];
  const rows = [lines(await exported(fixture)), lines(await exported(fixture, { table: "CLUSTERS" }))];
  expect(rows.map(({ length }) => length)).toEqual(counts);
});

describe("a file", () => {
  /** An exporter whose threads return these pieces of one row each, the last of them without a next one. */
  function exporterOf(pieces: number, { isDeleted = false } = {}) {
    const run = vi.fn(async (_name: string, { offset, after }: { offset: number; after: number | null }) => ({
      bytes: Buffer.from(`row ${after ?? 0} at ${offset}\n`),
      count: 1,
      next: (after ?? 0) + 1 < pieces ? (after ?? 0) + 1 : null,
    }));
    return {
      run,
      exporter: createExporter({
        openThreads: () => ({ run, close: async () => {} }) as never,
        prisma: { clusteringResult: { findUnique: async () => (isDeleted ? null : {}) } } as never,
      }),
    };
  }
  const file = { table: "CLUSTERS", format: "JSONL", vectors: false } as const;

  test("is read piece by piece, each after the last row of the one before, and only when it is wanted", async () => {
    const { run, exporter } = exporterOf(2);
    const progress: number[] = [];
    const onProgress = (value: number) => progress.push(value);
    const pieces = exporter.export(await exportable(fixture), file, { onProgress });
    expect(run).toHaveBeenCalledTimes(0);
    expect(String((await pieces.next()).value)).toBe("row 0 at 0\n");
    expect(run).toHaveBeenCalledTimes(1);
    expect(String((await pieces.next()).value)).toBe("row 1 at 11\n");
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
    expect(run).toHaveBeenCalledTimes(2);
    expect(progress).toEqual([0.5, 1]);
  });

  test("of which not all is wanted is not read to its end", async () => {
    const { run, exporter } = exporterOf(2);
    for await (const _ of exporter.export(await exportable(fixture), file)) break;
    expect(run).toHaveBeenCalledTimes(1);
  });

  test.each(["PARQUET", "JSONL"] as const)(
    "of a result that is deleted meanwhile has no end: %s",
    async (format) => {
      const { exporter } = exporterOf(1, { isDeleted: true }); // of two clusters
      const received: string[] = [];
      const read = async () => {
        for await (const piece of exporter.export(await exportable(fixture), { ...file, format })) {
          received.push(Buffer.from(piece).toString());
        }
      };
      await expect(read()).rejects.toThrow("The clustering result was deleted while it was exported.");
      expect(received).toEqual(format === "PARQUET" ? ["PAR1", "row 0 at 4\n"] : ["row 0 at 0\n"]);
    },
  );

  test("of a result that has lost a row names both numbers", async () => {
    const pieces = exporterOf(1).exporter.export(await exportable(fixture), file);
    await pieces.next();
    await expect(pieces.next()).rejects.toThrow(
      "The clustering result has stored 2 as the number of its clusters, but the database has 1 of them: rows were lost, or the number was changed.",
    );
  });

  test.each([
    ["map", { embeddingMap: null, clusteringResult: {} }, 0],
    ["clustering result", { embeddingMap: {}, clusteringResult: null }, 1],
  ])(
    "of points ends before the last of them if the %s is deleted meanwhile",
    async (name, left, ofLastPiece) => {
      const found = (row: object | null) => ({ findUnique: async () => row });
      const exporter = createExporter({
        openThreads: () =>
          ({
            run: async (_: string, { after }: { after: number | null }) => ({
              bytes: Buffer.from(`piece ${after}`),
              count: after === null ? 1 : ofLastPiece,
              next: after === null ? 1 : null,
            }),
            close: async () => {},
          }) as never,
        prisma: {
          embeddingMap: found(left.embeddingMap),
          clusteringResult: found(left.clusteringResult),
        } as never,
      });
      const map = { id: uuid("EmbeddingMap", 0), points: 2, metadata: {} };
      const pieces = exporter.exportMapPoints(map, await exportable(fixture), { origin: false });
      expect(String((await pieces.next()).value)).toBe("piece null");
      await expect(pieces.next()).rejects.toThrow(`The ${name} was deleted while it was exported.`);
    },
  );

  test("ends with the reason once the signal aborts", async () => {
    const stop = new AbortController();
    const pieces = fixture.app.exporter.export(
      await exportable(fixture),
      { ...file, table: "ASSIGNMENTS" },
      { signal: stop.signal },
    );
    stop.abort(new Error("gone"));
    await expect(pieces.next()).rejects.toThrow("gone");
  });
});
