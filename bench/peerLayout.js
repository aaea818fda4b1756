// One layout with umap-js or with embedding-atlas's WebAssembly, in a process of its own, from neighbours in files. Run
// by bench/layout.js.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const given = JSON.parse(process.argv[2]);
const { program, rows, neighbours, layoutDimensions, minDistance, epochs, seed, folder, file } = given;

const NEIGHBOURS = 15;
const numbers = (ending, Type) => {
  const bytes = readFileSync(`${neighbours}${ending}`);
  return new Type(new Uint8Array(bytes).buffer);
};
const indices = numbers(".indices", Int32Array);
const distances = numbers(".distances", Float32Array);

const programs = {
  "umap-js"() {
    const { UMAP } = createRequire(`${resolve(folder)}/`)("umap-js");
    const umap = new UMAP({
      nComponents: layoutDimensions,
      minDist: minDistance,
      nNeighbors: NEIGHBOURS,
      nEpochs: epochs,
    });
    const lists = (values) =>
      Array.from({ length: rows }, (_, row) =>
        Array.from(values.subarray(row * NEIGHBOURS, (row + 1) * NEIGHBOURS)),
      );
    umap.setPrecomputedKNN(lists(indices), lists(distances));
    return {
      // The rows are needed only to find neighbours, which are known.
      prepare: () => umap.initializeFit(Array.from({ length: rows }, () => [0])),
      step() {
        while (umap.step() < epochs);
      },
      places: () => Float32Array.from(umap.getEmbedding().flat()),
    };
  },
  async "embedding-atlas"() {
    const { createUMAPFromKNN } = await import(pathToFileURL(resolve(folder, "dist/umap.js")).href);
    let umap;
    return {
      async prepare() {
        const options = { minDist: minDistance, nEpochs: epochs, seed };
        umap = await createUMAPFromKNN(rows, layoutDimensions, indices, distances, options);
      },
      step: () => umap.run(),
      places: () => Float32Array.from(umap.embedding),
    };
  },
};

const { prepare, step, places } = await programs[program]();
const before = process.memoryUsage.rss();
const start = performance.now();
await prepare();
const processorAtSteps = process.cpuUsage();
const startOfSteps = performance.now();
await step();
const end = performance.now();
const { user, system } = process.cpuUsage(processorAtSteps);
writeFileSync(file, places());
console.log(
  JSON.stringify({
    steps: (end - startOfSteps) / 1000,
    stepsProcessor: (user + system) / 1e6,
    whole: (end - start) / 1000,
    megabytes: (process.memoryUsage.rss() - before) / 1e6,
  }),
);
// embedding-atlas leaves something open that would keep the process alive.
process.exit();
