// One layout of the benchmark, in a process of its own. Run by bench/layout.js.
import { writeFileSync } from "node:fs";
import { estimateLayout, layOut } from "../dist/clustering/index.js";
import { pointsOf } from "./points.js";

const given = JSON.parse(process.argv[2]);
const { rows, dimensions, layoutDimensions, minDistance, seed, threads, file } = given;
const data = pointsOf(given);
const parameters = { dimensions: layoutDimensions, minDistance, seed, normalize: true };
let times;
let processorAtSteps;
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
const start = performance.now();
const { places } = await layOut(
  { data, dimensions },
  {
    ...parameters,
    threads,
    onFacts: (facts) => {
      ({ times } = facts);
    },
    onProgress: ({ stage }) => {
      if (stage === "STEPS") processorAtSteps ??= process.cpuUsage();
    },
  },
);
const whole = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(processorAtSteps);
clearInterval(watch);
writeFileSync(file, places);
console.log(
  JSON.stringify({
    steps: (times.gradientSteps - times.startingPlaces) / 1000,
    stepsProcessor: (user + system) / 1e6,
    whole,
    megabytes: (peak - before) / 1e6,
    estimate: estimateLayout(rows, dimensions, parameters, threads),
  }),
);
