// The benchmark of layouts of many rows: node bench/largeLayouts.js --vectors FILE.f16 --walks FILE.u32.gz
// See bench/README.md. Without --vectors only synthetic rows are laid out.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { vectors: { type: "string" }, walks: { type: "string" }, most: { type: "string" } },
});
const { vectors, walks } = options;
const most = Number(options.most ?? Infinity);
const program = fileURLToPath(new URL("./measureLargeLayout.js", import.meta.url));
const measure = (given) =>
  JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", program, JSON.stringify(given)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );

const cases = [
  ["blobs", { kind: "blobs", rows: 250_000, dimensions: 64 }],
  [
    "blobs",
    {
      ...{ kind: "blobs", rows: 300_000, dimensions: 64 },
      cancelAt: ["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS", "PLACING"],
    },
  ],
];
if (vectors !== undefined && walks !== undefined) {
  const steps = { vectors, walks, noise: 0.01, dimensions: 384, normalize: true };
  for (const rows of [300_000, 1_000_000]) cases.push(["steps with noise", { ...steps, rows }]);
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}\n`);
console.log(
  "| rows | laid out | placed | whole s | processor s | estimate s | MB above the rows | estimate | MB of the process | trustworthiness | s |\n|---|---|---|---|---|---|---|---|---|---|---|",
);
const megabytes = (bytes) => Math.round(bytes / 1e6);
for (const [name, given] of cases.filter(([, { rows }]) => rows <= most)) {
  const measured = measure(given);
  const { estimate, before, ofLayout, peak, cancelled, times } = measured;
  const cells = [
    `${name}, ${given.rows.toLocaleString("en-US")} × ${given.dimensions}`,
    ...[measured.laidOut, measured.placed].map((count) => count.toLocaleString("en-US")),
    ...[measured.whole, measured.processor, estimate.seconds].map((value) => value.toFixed(1)),
    ...[megabytes(ofLayout - before), megabytes(estimate.bytes), megabytes(peak)],
    ...[measured.trustworthiness.toFixed(4), measured.trusted.toFixed(1)],
  ];
  console.log(`| ${cells.join(" | ")} |`);
  console.error(
    Object.entries(times)
      .map(([step, time]) => `${step} ${(time / 1000).toFixed(1)}`)
      .join(", "),
  );
  for (const [stage, time] of Object.entries(cancelled)) {
    console.log(`  cancelled while ${stage}: stopped after ${time.toFixed(0)} ms`);
  }
}
