import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { clusterMerges } from "../../src/clustering/clusterMerges.js";
import { hdbscan } from "../../src/clustering/index.js";
import { runMedoid } from "../cli/runMedoid.js";
import {
  expectedAssignment,
  exported,
  exportedPoints,
  texts,
  writeExported,
} from "../export/exportedFixture.js";
import { openFixture, uuid, writeMap } from "../fixtures.js";
import { createTestDatabase } from "../testDatabase.js";
import { CannotInstall, type ClientProject, installProject } from "./clientProject.js";
import { commandsOf, type Example, examplesOf } from "./documents.js";

// What Python's data frames read from exported files, and the examples of docs/researchers.md.

let project: ClientProject | CannotInstall;
beforeAll(async () => {
  project = await installProject("dataframes").catch((error) => {
    if (error instanceof CannotInstall) return error;
    throw error;
  });
});
afterAll(() => {
  if (!(project instanceof CannotInstall)) project?.remove();
});

/** The project; the test is skipped if it cannot be installed. */
function installed({ skip }: TestContext): ClientProject {
  return project instanceof CannotInstall ? skip(project.message) : project;
}

test("pandas, polars and DuckDB read the same rows, types, nulls, times, lists and texts from every format, pyarrow the points of a map", async (context) => {
  const { folder, run } = installed(context);
  const fixture = await openFixture();
  const files = join(folder, "files");
  mkdirSync(files);
  try {
    await writeExported(fixture);
    for (const format of ["PARQUET", "CSV", "JSONL"] as const) {
      const bytes = await exported(fixture, { format, vectors: true });
      writeFileSync(join(files, `assignments.${format.toLowerCase()}`), bytes);
    }
    writeFileSync(join(files, "clusters.csv"), await exported(fixture, { table: "CLUSTERS", format: "CSV" }));
    await writeMap(fixture, { embeddings: 15 });
    writeFileSync(join(files, "points.arrow"), await exportedPoints(fixture));
  } finally {
    await fixture.close();
  }
  const all = Array.from({ length: 15 }, (_, n) => expectedAssignment(n));
  const report = JSON.parse(await run("python", ["read.py", files]));
  const nulls = {
    ...{ external_id: 14, text: 1, medoid_invocation_id: 3, metadata: 14, completed_at: 14 },
  };
  const text = ["embedding_id", "external_id", "run_id", "initial_prompt", "model", "text"];
  const typed = (types: Record<"text" | "list" | "int" | "float" | "bool" | "time" | "vector", string>) => ({
    ...Object.fromEntries([...text, "medoid_invocation_id", "metadata"].map((name) => [name, types.text])),
    ...{ network: types.list, sequence_number: types.int, label: types.int, probability: types.float },
    ...{
      outlier_score: types.float,
      is_medoid: types.bool,
      started_at: types.time,
      completed_at: types.time,
    },
    vector: types.vector,
  });
  expect(report).toEqual({
    pyarrow: {
      types: {
        ...{ embedding_id: "extension<arrow.uuid>", x: "float", y: "float" },
        ...{ label: "int16", probability: "float", is_medoid: "bool" },
        ...Object.fromEntries(
          ["network", "initial_prompt", "model"].map((name) => [
            name,
            "dictionary<values=string, indices=int16, ordered=0>",
          ]),
        ),
        sequence_number: "int32",
      },
      metadata: expect.objectContaining({ embeddingMapId: uuid("EmbeddingMap", 0), trustworthiness: 0.75 }),
      // Outliers come first, then the clusters.
      rows: [12, 13, 14, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => {
        const { embedding_id, label, probability, is_medoid, network, ...others } = all[n];
        const { initial_prompt, model, sequence_number } = others;
        const place = { embedding_id, x: n, y: 0 - n / 2 };
        const origin = { network: JSON.stringify(network), initial_prompt, model, sequence_number };
        return { ...place, label, is_medoid, probability: Math.fround(probability as number), ...origin };
      }),
    },
    pandas: {
      ...{ rows: 15, csv: 15, jsonl: 15, nulls, vectors: "float32", labels: [-1, 0, 1] },
      types: typed({
        ...{ text: "str", list: "object", int: "int32", float: "float64", bool: "bool" },
        ...{ time: "datetime64[ms, UTC]", vector: "object" },
      }),
    },
    polars: {
      ...{ rows: 15, csv: 15, jsonl: 15, nulls },
      types: typed({
        ...{ text: "String", list: "List(String)", int: "Int32", float: "Float64", bool: "Boolean" },
        ...{ time: "Datetime(time_unit='ms', time_zone='UTC')", vector: "List(Float32)" },
      }),
      named: [
        {
          ...{ embedding_id: uuid("Embedding", 0), external_id: "row 1", run_id: uuid("Run", 0) },
          ...{ network: ["painter", "viewer"], initial_prompt: "prompt 0", sequence_number: 1 },
          ...{
            model: "viewer",
            text: texts[0],
            label: 0,
            probability: 1,
            outlier_score: 0,
            is_medoid: false,
          },
          medoid_invocation_id: uuid("Invocation", 7),
          metadata: '{"colour":"grün","n":1}',
          started_at: "2026-01-02 00:00:01+00:00",
          completed_at: "2026-01-02 03:04:05.678000+00:00",
        },
      ],
    },
    duckdb: {
      ...{ rows: 15, csv: 15, jsonl: 15, "sum of vectors": 15 + (14 * 15) / 2 },
      types: typed({
        ...{ text: "VARCHAR", list: "VARCHAR[]", int: "INTEGER", float: "DOUBLE", bool: "BOOLEAN" },
        ...{ time: "TIMESTAMP WITH TIME ZONE", vector: "FLOAT[]" },
      }),
      texts: texts.slice(0, 8).map((each) => [each]),
      clusters: [
        [0, 8],
        [1, 4],
      ],
    },
  });
});

const example = (section: string, file = "docs/researchers.md") =>
  examplesOf(file).filter((each) => each.section === section);

/** Runs the commands and the Python of examples in the project's folder, and returns what Python printed. */
async function runExamples(
  examples: Example[],
  databaseUrl: string,
  { folder, run }: ClientProject,
): Promise<string[]> {
  const printed: string[] = [];
  for (const { language, text } of examples) {
    if (language === "python") {
      printed.push((await run("python", ["-c", text])).trim());
      continue;
    }
    expect(language).toBe("sh");
    for (const command of commandsOf(text)) {
      const [, args] = /^npm run -s medoid -- (.*)$/.exec(command)!;
      const inFolder = args.split(" ").map((each) => each.replace(/^(?=\w+\.\w+$)/, `${folder}/`));
      const { code, stderr } = await runMedoid(databaseUrl, ...inFolder);
      expect(code, stderr).toBe(0);
    }
  }
  return printed;
}

test("docs/researchers.md runs from top to bottom, from a table to its clusters and back to its own ids", async (context) => {
  const project = installed(context);
  const database = await createTestDatabase();
  try {
    const [made, medoids, ...frames] = await runExamples(
      [...example("From a file"), ...example("From a clustering")],
      database.url,
      project,
    );
    expect(made).toBe("");
    const [header, ...rows] = medoids.split("\n").map((line) => line.trim().split(/\s+/));
    expect(header).toEqual(["label", "key", "note"]);
    expect(rows.map(([label]) => Number(label)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [, key, , number, , , subject] of rows) {
      expect([key, subject]).toEqual([`note-${number}`, String(Math.floor(Number(number) / 50))]);
    }
    expect(new Set(rows.map((row) => row.at(-1))).size).toBe(8);
    expect(frames).toEqual([
      "400 embeddings, 8 clusters, 0 outliers, 400 runs",
      "(400, 384) float32",
      expect.stringMatching(/│ +0 │ +50 │/),
      expect.stringMatching(/^5 5 [0-9a-f]{8}$/),
    ]);
  } finally {
    await database.drop();
  }
});

test("docs/researchers.md and docs/maps.md take the sample from a clustering to data frames", async (context) => {
  const project = installed(context);
  const sample = await createTestDatabase();
  try {
    for (const command of [["sample"], ["cluster"]]) {
      const { code, stderr } = await runMedoid(sample.url, ...command);
      expect(code, stderr).toBe(0);
    }
    expect(await runExamples(example("From a clustering"), sample.url, project)).toEqual([
      "1440 embeddings, 47 clusters, 295 outliers, 48 runs",
      "(1145, 512) float32",
      expect.stringMatching(/│ +0 │ +66 │/),
      "5 5 f9a41092",
    ]);
    const { folder } = project;
    expect((await runMedoid(sample.url, "map", "--out", join(folder, "points.arrow"))).code).toBe(0);
    const python = example("Points", "docs/maps.md").filter(({ language }) => language === "python");
    expect(await runExamples(python, sample.url, project)).toEqual(["1440 points, 47 clusters, 47 medoids"]);
  } finally {
    await sample.drop();
  }
});

test("SciPy draws the merges of clusters as they are", async (context) => {
  const { folder, run } = installed(context);
  const data = Float32Array.from({ length: 600 }, (_, i) => 9 * ((i * i) % 7) + Math.sin(i));
  const { spanningTree, labels, sizes } = await hdbscan({ data, dimensions: 2 }, { minClusterSize: 4 });
  const ofPoint = new Int32Array(spanningTree.weights.length);
  for (const [row, point] of spanningTree.points.entries()) ofPoint[point] = labels[row];
  const merges = clusterMerges(spanningTree, ofPoint, sizes.length);
  const rows = Array.from(merges.distances, (distance, i) => [
    ...[merges.first[i], merges.second[i], distance, merges.sizes[i]],
  ]);
  expect(rows.length).toBeGreaterThan(5);
  writeFileSync(join(folder, "merges.json"), JSON.stringify(rows));
  const together = Array.from(sizes, (_, label) => [label]);
  const distances = Array.from(sizes, () => new Float64Array(sizes.length));
  for (const [left, right, distance] of rows) {
    for (const a of together[left]) {
      for (const b of together[right]) distances[Math.min(a, b)][Math.max(a, b)] = distance;
    }
    together.push([...together[left], ...together[right]]);
  }
  expect(JSON.parse(await run("python", ["linkage.py", "merges.json"]))).toEqual({
    valid: true,
    monotonic: true,
    leaves: Array.from(sizes, (_, label) => label),
    heights: [...merges.distances],
    cophenetic: distances.flatMap((row, a) => [...row.subarray(a + 1)]),
  });
});
