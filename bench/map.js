// What a map takes, and what is estimated before: node bench/map.js --vectors FILE.f16. See bench/README.md.
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    rows: { type: "string", default: "1000,10000,20000,50000,100000" },
  },
});
const threads = availableParallelism();
const program = fileURLToPath(new URL("./measureLayout.js", import.meta.url));
const megabytes = (bytes) => Math.round(bytes / 1e6);

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}\n`);
console.log(
  "| rows × 384 | load | layout s | processor s | estimate s | MB | estimate MB | trustworthiness s | processor s | estimate s | MB | estimate MB | value |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|",
);
for (const rows of options.rows.split(",").map(Number)) {
  const [load] = loadavg();
  const given = { vectors: options.vectors, rows, dimensions: 384, layoutDimensions: 2, minDistance: 0.1 };
  const layout = JSON.parse(
    execFileSync(
      process.execPath,
      [program, JSON.stringify({ ...given, seed: 0, threads, measuring: true })],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    ),
  );
  const { trustworthiness } = layout;
  const cells = [
    ...[rows.toLocaleString("en-US"), load.toFixed(1)],
    ...[layout.whole.toFixed(2), layout.wholeProcessor.toFixed(2), layout.estimate.seconds.toFixed(2)],
    ...[Math.round(layout.megabytes), megabytes(layout.estimate.bytes)],
    ...[trustworthiness.seconds.toFixed(2), trustworthiness.processor.toFixed(2)],
    trustworthiness.estimate.seconds.toFixed(2),
    ...[Math.round(trustworthiness.megabytes), megabytes(trustworthiness.estimate.bytes)],
    trustworthiness.value.toFixed(4),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
