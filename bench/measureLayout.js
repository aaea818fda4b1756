// One layout of the benchmarks, in a process of its own, and if asked for the measurement of its trustworthiness. Run by
// bench/layout.js and bench/map.js.
import { writeFileSync } from "node:fs";
import {
  estimateLayout,
  estimateTrustworthiness,
  layOut,
  trustworthiness,
} from "../dist/clustering/index.js";
import { pointsOf } from "./points.js";

const given = JSON.parse(process.argv[2]);
const { rows, dimensions, layoutDimensions, minDistance, seed, threads, file, measuring = false } = given;
const data = pointsOf(given);
const parameters = { dimensions: layoutDimensions, minDistance, seed, normalize: true };
let times;
let processorAtSteps;
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
const seconds = ({ user, system }) => (user + system) / 1e6;
const beforehand = process.cpuUsage();
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
const measured = {
  whole,
  wholeProcessor: seconds(process.cpuUsage(beforehand)),
  steps: (times.gradientSteps - times.startingPlaces) / 1000,
  stepsProcessor: seconds(process.cpuUsage(processorAtSteps)),
  megabytes: (peak - before) / 1e6,
  estimate: estimateLayout(rows, dimensions, parameters, threads),
};
if (measuring) {
  peak = before;
  const processorAtMeasuring = process.cpuUsage();
  const startOfMeasuring = performance.now();
  const laidOut = { data: places, dimensions: layoutDimensions };
  const { value } = await trustworthiness({ data, dimensions }, laidOut, { normalize: true, threads });
  measured.trustworthiness = {
    value,
    seconds: (performance.now() - startOfMeasuring) / 1000,
    processor: seconds(process.cpuUsage(processorAtMeasuring)),
    megabytes: (peak - before) / 1e6,
    estimate: estimateTrustworthiness(rows, dimensions, { normalize: true }, threads),
  };
}
clearInterval(watch);
if (file !== undefined) writeFileSync(file, places);
console.log(JSON.stringify(measured));
