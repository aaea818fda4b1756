// Builds dist/: the Prisma clients from their schemas, then TypeScript, then the types of the API's clients.
//   node scripts/build.js               everything, from nothing
//   node scripts/build.js --if-changed  only what is older than its sources
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
process.env.PATH = `${process.cwd()}/node_modules/.bin${delimiter}${process.env.PATH}`; // for Prisma's generators

const generated = "src/database/generated";
const stamp = "dist/.built";

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (latest, entry) => Math.max(latest, modified(`${entry.parentPath}/${entry.name}`)),
    0,
  );
const run = (bin, ...args) =>
  execFileSync(process.execPath, [`node_modules/${bin}`, ...args], { stdio: ["ignore", 2, 2] });

if (!process.argv.includes("--if-changed")) {
  rmSync(generated, { recursive: true, force: true });
  rmSync("dist", { recursive: true, force: true });
}
for (const kind of ["sqlite", "postgres"]) {
  const schema = `prisma/${kind}/schema.prisma`;
  if (modified(schema) > modified(`${generated}/${kind}/client.ts`)) {
    run("prisma/build/index.js", "generate", "--no-hints", "--schema", schema);
  }
}
if (Math.max(newest("src"), modified("tsconfig.json"), modified("package-lock.json")) > modified(stamp)) {
  run("typescript/bin/tsc", "-p", "tsconfig.json");
  // The clustering kernel: WebAssembly with baseline SIMD, in memory that its threads share.
  const memory = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536"];
  const features = ["--enable", "simd,threads", "--runtime", "stub", "-O3", "--noAssert"];
  const kernel = ["src/clustering/assembly/kernel.ts", "--outFile", "dist/clustering/kernel.wasm"];
  run("assemblyscript/bin/asc.js", ...kernel, ...features, ...memory);
  mkdirSync("dist", { recursive: true });
  writeFileSync(stamp, "");
}
const types = ["dist/client.d.ts", "examples/generated/operations.ts"];
const sources = [
  "schema.graphql",
  "codegen.js",
  ...readdirSync("examples").map((file) => `examples/${file}`),
];
if (Math.max(...sources.map(modified)) > Math.min(...types.map(modified))) {
  run("@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.js");
}
