// Builds dist/: the Prisma clients from their schemas, then TypeScript, the page, and the types of the API's clients.
//   node scripts/build.js                 builds everything from scratch
//   node scripts/build.js --if-changed    builds only what is older than its sources
//   node scripts/build.js --without-page  builds everything but the page: its operations may use fields that
//                                         schema.graphql does not contain yet
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
const withPage = !process.argv.includes("--without-page");
const generated = "src/database/generated";
const stamp = "dist/.built";
const page = "dist/web";
const pageStamp = `${page}/.built`;
const webOperations = "web/generated/operations.ts";
const clientTypes = "dist/client.d.ts";

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
/** When a file of a folder was changed last, or a folder within it, in which a file may have been deleted. */
const newest = (folder, isCounted = () => true) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .filter(isCounted)
    .reduce((latest, path) => Math.max(latest, modified(path)), 0);
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
const programIsCurrent = () => Math.max(newest("src"), ...sources.map(modified)) <= modified(stamp);
const pageSources = ["schema.graphql", "package-lock.json", "scripts/webPage.js", "scripts/webOperations.js"];
const isSource = (path) => !path.startsWith("web/generated");
const pageChanged = () => Math.max(newest("web", isSource), ...pageSources.map(modified));
const pageIsCurrent = () => pageChanged() <= modified(pageStamp);

/** Marks what was built, so that a source that was changed during the build is newer. */
function writeStamp(path, begun) {
  writeFileSync(path, "");
  utimesSync(path, begun, begun);
}

async function buildProgram(folder) {
  const begun = new Date();
  run("typescript/bin/tsc", "-p", "tsconfig.json", "--outDir", folder);
  // The clustering kernel: WebAssembly with baseline SIMD, in memory that its threads share.
  const memory = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536"];
  const features = ["--enable", "simd,threads", "--runtime", "stub", "-O3", "--noAssert"];
  const kernel = [
    "src/clustering/kernel/assembly/kernel.ts",
    "--outFile",
    `${folder}/clustering/kernel/kernel.wasm`,
  ];
  run("assemblyscript/bin/asc.js", ...kernel, ...features, ...memory);
  await bundleThreads(folder);
  if (onlyIfChanged && existsSync(clientTypes)) {
    cpSync(clientTypes, `${folder}/client.d.ts`, { preserveTimestamps: true });
  }
  writeStamp(`${folder}/.built`, begun);
}

async function buildWeb(folder) {
  const begun = new Date();
  if (!onlyIfChanged || pageChanged() > modified(webOperations)) {
    await (await import("./webOperations.js")).writeWebOperations(webOperations);
  }
  await (await import("./webPage.js")).buildPage(folder);
  writeStamp(`${folder}/.built`, begun);
}

/** Replaces what was built before, unless another command that found it outdated has done so meanwhile. */
function replace(built, target, isCurrent) {
  if (onlyIfChanged && isCurrent()) return;
  if (existsSync(target)) renameSync(target, `${building}.old`);
  renameSync(built, target);
}

const building = `.building/${process.pid}`;
try {
  const buildsPage = withPage && (!onlyIfChanged || !pageIsCurrent());
  if (!onlyIfChanged || !programIsCurrent()) {
    mkdirSync(building, { recursive: true });
    await buildProgram(building);
    if (buildsPage) await buildWeb(`${building}/web`);
    else if (existsSync(page)) cpSync(page, `${building}/web`, { recursive: true, preserveTimestamps: true });
    replace(building, "dist", programIsCurrent);
  } else if (buildsPage) {
    mkdirSync(".building", { recursive: true });
    await buildWeb(building);
    replace(building, page, pageIsCurrent);
  }
} finally {
  for (const folder of [building, `${building}.old`]) rmSync(folder, { recursive: true, force: true });
}
const described = ["schema.graphql", "scripts/clientTypes.js"];
if (Math.max(...described.map(modified)) > modified(clientTypes)) {
  const { writeClientTypes } = await import("./clientTypes.js");
  await writeClientTypes(clientTypes);
}
