// One layout with umap-js, in a process of its own, from neighbours in files. Run by bench/layout.js.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const given = JSON.parse(process.argv[2]);
const { rows, neighbours, layoutDimensions, minDistance, epochs, folder, file } = given;
const { UMAP } = createRequire(`${resolve(folder)}/`)("umap-js");

const NEIGHBOURS = 15;
const numbers = (ending, Type) => {
  const bytes = readFileSync(`${neighbours}${ending}`);
  const values = new Type(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * NEIGHBOURS, (row + 1) * NEIGHBOURS)),
  );
};
const umap = new UMAP({
  nComponents: layoutDimensions,
  minDist: minDistance,
  nNeighbors: NEIGHBOURS,
  nEpochs: epochs,
});
umap.setPrecomputedKNN(numbers(".indices", Int32Array), numbers(".distances", Float32Array));
const before = process.memoryUsage.rss();
const start = performance.now();
// The rows are needed only to find neighbours, which are known.
umap.initializeFit(Array.from({ length: rows }, () => [0]));
const processorAtSteps = process.cpuUsage();
const startOfSteps = performance.now();
while (umap.step() < epochs);
const end = performance.now();
const { user, system } = process.cpuUsage(processorAtSteps);
writeFileSync(file, Float32Array.from(umap.getEmbedding().flat()));
console.log(
  JSON.stringify({
    steps: (end - startOfSteps) / 1000,
    stepsProcessor: (user + system) / 1e6,
    whole: (end - start) / 1000,
    megabytes: (process.memoryUsage.rss() - before) / 1e6,
  }),
);
