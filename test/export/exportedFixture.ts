import { type ExportableResult, findExportable } from "../../src/export/exportableResult.js";
import type { ExportedFile } from "../../src/export/exportedFile.js";
import { type ExportableMap, findExportableMap } from "../../src/export/mapPoints/exportableMap.js";
import { type Fixture, uuid, writeClustering, writeQueuedClustering, writeRuns } from "../fixtures.js";

/** Texts that formats must quote, escape or tell apart; null where nothing was recorded. */
export const texts = [
  'a "cat", asleep',
  "",
  null,
  "two\r\nlines",
  "a\rreturn",
  "=1+1",
  "ünïcödé 猫 🐈",
  " spaces ",
  "NA",
];

/**
 * Writes 15 embeddings of three runs, and a clustering of them: embeddings 0 to 7 are cluster 0, 8 to 11 cluster 1, 12
 * to 14 outliers. Clustering 2 is queued.
 */
export async function writeExported(fixture: Fixture): Promise<void> {
  await writeRuns(fixture);
  for (const [n, outputText] of texts.entries()) {
    const id = uuid("Invocation", 2 * n + 1);
    await fixture.prisma.invocation.update({ where: { id }, data: { outputText } });
  }
  await fixture.prisma.invocation.update({
    where: { id: uuid("Invocation", 1) },
    data: {
      externalId: "row 1",
      metadata: '{"colour":"grün","n":1}',
      completedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)),
    },
  });
  await writeClustering(fixture, {
    embeddings: 15,
    assign: (n) => ({
      label: n < 8 ? 0 : n < 12 ? 1 : -1,
      probability: n < 12 ? 1 - n / 100 : 0,
      outlierScore: n / 20,
    }),
    medoids: [3, 9],
    persistence: [0.75, 0.25],
  });
  const annotations = [
    { id: uuid("Cluster", 0), name: "of two\nlines" },
    { id: uuid("Cluster", 1), note: "Grüße 🚲" },
  ];
  await fixture.prisma.clusterAnnotation.createMany({ data: annotations });
  await writeQueuedClustering(fixture, 2);
}

/** The clustering that was written. */
export async function exportable({ prisma }: Pick<Fixture, "prisma">): Promise<ExportableResult> {
  return (await findExportable(prisma, uuid("ClusteringResult", 0))) as ExportableResult;
}

/** The bytes of a file. */
export async function exported(
  { app, prisma }: Pick<Fixture, "app" | "prisma">,
  { table = "ASSIGNMENTS", format = "JSONL", vectors = false }: Partial<ExportedFile> = {},
): Promise<Buffer> {
  const pieces = app.exporter.export(await exportable({ prisma }), { table, format, vectors });
  return concatenated(pieces);
}

/** The points of the map that `writeMap` writes, with their origin and the clusters of the clustering that was written. */
export async function exportedPoints({ app, prisma }: Pick<Fixture, "app" | "prisma">): Promise<Buffer> {
  const map = (await findExportableMap(prisma, uuid("EmbeddingMap", 0))) as ExportableMap;
  return concatenated(app.exporter.exportMapPoints(map, await exportable({ prisma }), { origin: true }));
}

async function concatenated(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** The row of the nth embedding. */
export function expectedAssignment(n: number): Record<string, unknown> {
  const [run, step] = [Math.floor(n / 5), 2 * (n % 5) + 1];
  return {
    embedding_id: uuid("Embedding", n),
    external_id: n === 0 ? "row 1" : null,
    run_id: uuid("Run", run),
    network: [run % 2 === 0 ? "painter" : "sketcher", "viewer"],
    initial_prompt: `prompt ${run}`,
    sequence_number: step,
    model: "viewer",
    text: n in texts ? texts[n] : `text ${n}`,
    label: n < 8 ? 0 : n < 12 ? 1 : -1,
    probability: n < 12 ? 1 - n / 100 : 0,
    outlier_score: n / 20,
    is_medoid: n === 3 || n === 9,
    medoid_invocation_id: n < 12 ? uuid("Invocation", n < 8 ? 7 : 19) : null,
    metadata: n === 0 ? { colour: "grün", n: 1 } : null,
    started_at: new Date(Date.UTC(2026, 0, 2, 0, 0, step)),
    completed_at: n === 0 ? new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)) : null,
  };
}
