// One layout of many rows, in a process of its own. Run by bench/largeLayouts.js.
import { availableParallelism } from "node:os";
import { estimateLayout, layOut, trustworthiness } from "../dist/clustering/index.js";
import { pointsOf } from "./points.js";

const given = JSON.parse(process.argv[2]);
const { rows, dimensions, normalize, layoutDimensions = 2, cancelAt = [] } = given;
const data = pointsOf(given);
const points = { data, dimensions };
const parameters = { dimensions: layoutDimensions, normalize };
const threads = availableParallelism();
globalThis.gc?.();
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
const seconds = (from) => (performance.now() - from) / 1000;

const begun = performance.now();
const processor = process.cpuUsage();
let facts;
const result = await layOut(points, {
  ...parameters,
  onFacts: (measured) => {
    facts = measured;
  },
});
const whole = seconds(begun);
const { user, system } = process.cpuUsage(processor);
const ofLayout = peak;
const measuring = performance.now();
const { value } = await trustworthiness(
  points,
  { data: result.places, dimensions: layoutDimensions },
  { normalize },
);
const trusted = seconds(measuring);
clearInterval(watch);

const cancelled = {};
for (const at of cancelAt) {
  const abort = new AbortController();
  let asked = 0;
  const onProgress = ({ stage }) => {
    if (stage !== at || asked > 0) return;
    asked = performance.now();
    abort.abort();
  };
  await layOut(points, { ...parameters, signal: abort.signal, onProgress }).catch(() => {});
  cancelled[at] = performance.now() - asked;
}
console.log(
  JSON.stringify({
    ...{
      whole,
      processor: (user + system) / 1e6,
      times: facts.times,
      trusted,
      trustworthiness: value,
      cancelled,
    },
    ...{ laidOut: result.laidOutRows, placed: result.placedRows },
    ...{ input: data.byteLength, before, ofLayout, peak },
    estimate: estimateLayout(rows, dimensions, parameters, threads),
  }),
);
