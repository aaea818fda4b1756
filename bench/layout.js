// The benchmark of the layout, beside umap-learn and umap-js:
// node bench/layout.js --vectors FILE.f16 --python PYTHON [--umap-js FOLDER]. See bench/README.md. Without --vectors only
// the sample is laid out; without --python only by Medoid.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hdbscan } from "../dist/clustering/index.js";
import { neighbourhoodsKept } from "./neighbourhoodsKept.js";
import { adjustedRandIndex, fileRows } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    python: { type: "string" },
    /** The folder in which umap-js is installed; it gets the neighbours that umap-learn's program finds. */
    "umap-js": { type: "string" },
    /** The folder in which embedding-atlas is installed; it finds approximate neighbours itself. */
    "embedding-atlas": { type: "string" },
    /** A file with a line for each row of the vectors: the class that it belongs to, or nothing. */
    classes: { type: "string" },
    /** Numbers of rows of the vectors. */
    rows: { type: "string", default: "10000,50000" },
    /** The programs take turns this often, each round with another seed; umap-js and embedding-atlas only in the first. */
    rounds: { type: "string", default: "10" },
    /** Leaves the sample out. */
    "no-sample": { type: "boolean", default: false },
  },
});
const { vectors, python, "umap-js": umapJs, "embedding-atlas": atlas } = options;
const rounds = Number(options.rounds);
const classes = options.classes === undefined ? null : readFileSync(options.classes, "utf8").split("\n");
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const scratch = mkdtempSync(`${tmpdir()}/medoid-bench-`);
const run = (program, args, given) =>
  JSON.parse(
    execFileSync(program, [...args, JSON.stringify(given)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );

/** A program that answers each line with a line. */
async function conversation(program, args) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended.`);
    return JSON.parse(value);
  };
  await next();
  return {
    ask(given) {
      child.stdin.write(`${JSON.stringify(given)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

const cases = [
  ...(options["no-sample"]
    ? []
    : [["the sample", { vectors: here("../sample/data/vectors.f16"), rows: 938, dimensions: 512 }]]),
  ...(vectors === undefined ? [] : options.rows.split(",").map(Number)).map((rows) => [
    `WordNet, ${rows.toLocaleString("en-US")}`,
    { vectors, rows, dimensions: 384 },
  ]),
];
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values, digits) =>
  `${mean(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
const note = (text) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);

const [load] = loadavg();
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}, load ${load.toFixed(1)}, ${rounds} rounds\n`,
);
console.log(
  "| rows | dimensions | | steps s | processor s | whole s | MB | trustworthiness | continuity | clusters | outliers | agreement with umap-learn | with itself | same class |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
);
for (const [name, points] of cases) {
  const rows = fileRows(points);
  const neighbours = `${scratch}/neighbours`;
  const threads = availableParallelism();
  const epochs = points.rows <= 10_000 ? 500 : 200;
  const peer =
    python === undefined
      ? null
      : await conversation(python, [here("./peerLayout.py"), JSON.stringify({ ...points, neighbours })]);
  const programs = [
    ["Medoid", (given) => run(process.execPath, [here("./measureLayout.js")], { ...points, ...given })],
    ...(peer
      ? [
          ["umap-learn", (given) => peer.ask(given)],
          ["umap-learn from principal components", (given) => peer.ask({ ...given, start: "pca" })],
        ]
      : []),
    ...(peer && umapJs !== undefined
      ? [
          [
            "umap-js",
            (given) => {
              if (given.seed > 0) return null;
              const more = { neighbours, epochs, folder: umapJs };
              return run(process.execPath, [here("./peerLayout.js")], { ...points, ...given, ...more });
            },
          ],
        ]
      : []),
    ...(atlas === undefined
      ? []
      : [
          [
            "embedding-atlas",
            (given) => {
              if (given.seed > 0) return null;
              const more = { epochs, folder: atlas };
              return run(process.execPath, [here("./peerAtlas.js")], { ...points, ...given, ...more });
            },
          ],
        ]),
  ];
  note(`${name}: neighbourhoods of the rows`);
  const keptBy = neighbourhoodsKept(rows, points.dimensions, points.vectors === vectors ? classes : null);
  for (const layoutDimensions of [2, 5]) {
    const minDistance = layoutDimensions === 2 ? 0.1 : 0;
    const measured = new Map(programs.map(([program]) => [program, []]));
    for (let seed = 0; seed < rounds; seed++) {
      for (const [program, measure] of programs) {
        const file = `${scratch}/places.f32`;
        const result = await measure({ layoutDimensions, minDistance, seed, threads, file });
        if (result === null) continue;
        const bytes = readFileSync(file);
        const places = new Float32Array(new Uint8Array(bytes).buffer);
        const { labels, sizes } = await hdbscan(
          { data: places, dimensions: layoutDimensions },
          { minClusterSize: 10, minSamples: 10 },
        );
        measured.get(program).push({ ...result, ...keptBy(places, layoutDimensions), labels, sizes });
        note(`${name} × ${layoutDimensions}, seed ${seed}: ${program} ${result.stepsProcessor.toFixed(1)} s`);
      }
    }
    const ofPeer = measured.get("umap-learn") ?? [];
    for (const [program, runs] of measured) {
      const of = (value) => runs.map(value);
      const outliers = ({ labels }) => labels.filter((label) => label < 0).length / labels.length;
      const agreements = (others) =>
        runs.flatMap((a) => others.filter((b) => a !== b).map((b) => adjustedRandIndex(a.labels, b.labels)));
      const agreement = (others) => {
        const all = agreements(others);
        return all.length === 0 ? "" : spread(all, 3);
      };
      const cells = [
        ...[name, layoutDimensions, program],
        median(of(({ steps }) => steps)).toFixed(2),
        median(of(({ stepsProcessor }) => stepsProcessor)).toFixed(2),
        median(of(({ whole }) => whole)).toFixed(2),
        Math.round(median(of(({ megabytes }) => megabytes))),
        mean(of(({ trustworthiness }) => trustworthiness)).toFixed(4),
        mean(of(({ continuity }) => continuity)).toFixed(4),
        spread(
          of(({ sizes }) => sizes.length),
          0,
        ),
        `${(100 * mean(of(outliers))).toFixed(0)} %`,
        agreement(ofPeer),
        agreement(runs),
        classes === null || runs[0].sameClass === null
          ? ""
          : mean(of(({ sameClass }) => sameClass)).toFixed(3),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
  peer?.end();
}
rmSync(scratch, { recursive: true });
