// Builds dist/: the Prisma clients from their schemas, then TypeScript, then the types of the API's clients.
//   node scripts/build.js               builds everything from scratch
//   node scripts/build.js --if-changed  builds only if dist/ is older than its sources
// It builds into a separate folder, which replaces dist/ when everything is done: a build that fails leaves dist/
// unchanged, and a process that starts during a build finds a complete dist/. (A process that is running has already
// read its files.)
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleThreads } from "./bundleThreads.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const onlyIfChanged = process.argv.includes("--if-changed");
const generated = "src/database/generated";
const stamp = "dist/.built";
const clientTypes = "dist/client.d.ts";

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (latest, entry) => Math.max(latest, modified(`${entry.parentPath}/${entry.name}`)),
    0,
  );
const run = (bin, ...args) =>
  execFileSync(process.execPath, [`node_modules/${bin}`, ...args], { stdio: ["ignore", 2, 2] });

if (!onlyIfChanged) rmSync(generated, { recursive: true, force: true });
for (const kind of ["sqlite", "postgres"]) {
  const schema = `prisma/${kind}/schema.prisma`;
  if (modified(schema) > modified(`${generated}/${kind}/client.ts`)) {
    await (await import("./prismaClient.js")).generatePrismaClient(schema);
  }
}
const sources = ["tsconfig.json", "package-lock.json", "scripts/build.js", "scripts/bundleThreads.js"];
const isCurrent = () => Math.max(newest("src"), ...sources.map(modified)) <= modified(stamp);
if (!onlyIfChanged || !isCurrent()) {
  const begun = new Date();
  const building = `.building/${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    run("typescript/bin/tsc", "-p", "tsconfig.json", "--outDir", building);
    // The clustering kernel: WebAssembly with baseline SIMD, in memory that its threads share.
    const memory = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536"];
    const features = ["--enable", "simd,threads", "--runtime", "stub", "-O3", "--noAssert"];
    const kernel = [
      "src/clustering/kernel/assembly/kernel.ts",
      "--outFile",
      `${building}/clustering/kernel/kernel.wasm`,
    ];
    run("assemblyscript/bin/asc.js", ...kernel, ...features, ...memory);
    await bundleThreads(building);
    if (onlyIfChanged && existsSync(clientTypes)) {
      cpSync(clientTypes, `${building}/client.d.ts`, { preserveTimestamps: true });
    }
    writeFileSync(`${building}/.built`, "");
    utimesSync(`${building}/.built`, begun, begun); // a source that was changed during the build is newer
    // If several commands found dist/ outdated at the same time, only one replaces it.
    if (!onlyIfChanged || !isCurrent()) {
      if (existsSync("dist")) renameSync("dist", `${building}.old`);
      renameSync(building, "dist");
    }
  } finally {
    for (const folder of [building, `${building}.old`]) rmSync(folder, { recursive: true, force: true });
  }
}
const described = ["schema.graphql", "scripts/clientTypes.js"];
if (Math.max(...described.map(modified)) > modified(clientTypes)) {
  const { writeClientTypes } = await import("./clientTypes.js");
  await writeClientTypes(clientTypes);
}
