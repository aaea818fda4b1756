// One case of the benchmark, in a process of its own: node bench/measure.js '{"points": …, "parameters": …, "runs": 3}'
// prints its measurements as JSON. Run by bench/engine.js.
import { writeFileSync } from "node:fs";
import { estimate, hdbscan } from "../dist/clustering/index.js";
import { pointsOf } from "./points.js";

const { points, parameters, runs = 3, warm = 1, labels, distinct } = JSON.parse(process.argv[2]);
const data = pointsOf(points);
const { dimensions } = points;
globalThis.gc?.();

const seconds = [];
let facts;
let peak = 0;
let longestTask = 0;
let progress = [];
let result;
let processorSeconds = 0;
const before = process.memoryUsage.rss();
for (let run = 0; run < warm + runs; run++) {
  progress = [];
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    longestTask = Math.max(longestTask, now - last);
    last = now;
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const processor = process.cpuUsage();
  result = await hdbscan(
    { data, dimensions },
    {
      ...parameters,
      onProgress: (report) => progress.push([(performance.now() - start) / 1000, report.progress]),
      onFacts: (measured) => {
        facts = measured;
      },
    },
  );
  if (run >= warm) seconds.push((performance.now() - start) / 1000);
  const { user, system } = process.cpuUsage(processor);
  processorSeconds = (user + system) / 1e6;
  clearInterval(watch);
}
seconds.sort((a, b) => a - b);

// The time that each fifth of the progress took, in the last run: if progress is reported evenly, they are equal.
const total = progress.at(-1)[0];
const reached = (share) => progress.find(([, done]) => done >= share)?.[0] ?? total;
const fifths = [0.2, 0.4, 0.6, 0.8, 1].map(
  (share) => (reached(share) - (share > 0.2 ? reached(share - 0.2) : 0)) / total,
);
if (labels !== undefined) writeFileSync(labels, JSON.stringify([...result.labels]));
console.log(
  JSON.stringify({
    rows: data.length / dimensions,
    dimensions,
    seconds,
    median: seconds[Math.floor((seconds.length - 1) / 2)],
    processorSeconds,
    megabytes: (peak - before) / 1e6,
    estimate: estimate(data.length / dimensions, dimensions, parameters, undefined, distinct),
    longestTask: longestTask - 5,
    fifths,
    clusters: result.sizes.length,
    largest: result.sizes[0] ?? 0,
    treeWeight: result.treeWeight,
    facts,
  }),
);
