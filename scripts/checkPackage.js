// Checks that the package works on its own: packs the built files, installs them into empty folders as a dependency and
// through npx, and uses what the package offers there. No installation may print a warning. Needs the npm registry or
// npm's cache.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "medoid-package-"));
/** The built Medoid needs none of these packages: with them, an installation would be several times as large. */
const developmentOnly = ["@prisma/internals", "@prisma/engines", "@graphql-codegen/core", "vitest"];
/** In bytes; the page is 0.13 MB of it, the sample 1.2 MB. */
const largestTarball = 3.4e6;

// No setting of this checkout or this user may influence the result, but an npm that runs this script passes its
// settings on in the environment. Only the setting of the cache is passed on.
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(config_(ignore|loglevel|omit|userconfig|globalconfig)|package|lifecycle)/i.test(name),
    ),
  ),
  npm_config_cache: run(root, "npm", ["config", "get", "cache"], process.env).trim(),
  npm_config_userconfig: join(scratch, "user-npmrc"),
  npm_config_globalconfig: join(scratch, "global-npmrc"),
};

/**
 * npm 11 asks the user whether this package may run its install script. BullMQ has always depended on it, through
 * msgpackr, which works without it if the script has not run. In a clone, `.npmrc` gives the answer for every user.
 */
const knownWarning =
  /^npm warn install-scripts(?: *$| 1 package has| {3}msgpackr-extract@| Run `npm install-scripts)/;

function run(folder, command, args, env = environment) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${error ?? stderr}`);
  const warnings = stderr.split("\n").filter((line) => /^npm warn/i.test(line) && !knownWarning.test(line));
  if (warnings.length > 0) throw new Error(`${command} ${args.join(" ")} warns:\n${warnings.join("\n")}`);
  return stdout;
}

function emptyFolder(name) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  return folder;
}

function expectText(what, text, pattern) {
  if (!pattern.test(text)) throw new Error(`${what} did not print ${pattern}, but:\n${text}`);
}

/** The program, type-checked as in the editor of a strict project, and what it prints. */
const program = `
import { hdbscan, InvalidClusteringInputError, type HdbscanResult } from "medoid/clustering";
import type { ClusteringResult, ErrorCode } from "medoid/client";

const code: ErrorCode = "INVALID_INPUT";
const count: ClusteringResult["clusterCount"] = 2;
const data = new Float32Array(40);
for (let i = 0; i < 20; i++) data.set([i % 2, 0.01 * i], 2 * i);
const result: HdbscanResult = await hdbscan({ data, dimensions: 2 }, { minClusterSize: 5, normalize: false });
const medoids: number[] = Array.from(result.medoids);
console.log(JSON.stringify({ count, medoids: medoids.length, labels: Array.from(result.labels) }));
try {
  await hdbscan({ data, dimensions: 3 });
} catch (error) {
  console.log(error instanceof InvalidClusteringInputError, code);
}
// @ts-expect-error the types are not \`any\`
export const wrong: number = result.labels;
`;
const strict = {
  target: "ES2023",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: [],
};

function checkTypes(folder) {
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    const compilerOptions = { ...strict, module, moduleResolution, outDir: "built" };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    run(folder, process.execPath, [join(root, "node_modules/typescript/bin/tsc")]);
  }
}

function checkDependency(tarball) {
  const folder = emptyFolder("dependency");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run(folder, "npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball]);
  for (const name of developmentOnly) {
    if (existsSync(join(folder, "node_modules", name))) throw new Error(`${name} is installed with Medoid`);
  }
  checkDemo("npx medoid", folder, ["--no-install", "medoid"]);
  const schema = run(folder, process.execPath, [
    "--input-type=module",
    "--eval",
    'process.stdout.write(import.meta.resolve("medoid/schema.graphql"))',
  ]);
  if (!existsSync(fileURLToPath(schema))) throw new Error("medoid/schema.graphql does not resolve to a file");
  writeFileSync(join(folder, "program.ts"), program);
  checkTypes(folder);
  const printed = run(folder, process.execPath, ["built/program.js"]);
  expectText("the program", printed, /^\{"count":2,"medoids":2,"labels":\[[01,]+\]\}\ntrue INVALID_INPUT\n$/);
  return folderSize(join(folder, "node_modules"));
}

/** What is installed on a machine that runs Medoid from a clone. */
function checkWithoutDevelopment() {
  const folder = emptyFolder("clone");
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
    copyFileSync(join(root, file), join(folder, file));
  }
  run(folder, "npm", ["install", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline"]);
  for (const name of developmentOnly) {
    if (existsSync(join(folder, "node_modules", name)))
      throw new Error(`${name} is installed without development`);
  }
}

function checkNpx(tarball) {
  const folder = emptyFolder("npx");
  try {
    checkDemo("npx --package", folder, ["--yes", "--prefer-offline", "--package", tarball, "medoid"]);
    if (existsSync(join(folder, "node_modules"))) throw new Error("npx installed into the folder");
  } finally {
    forgetNpx();
  }
}

function checkDemo(what, folder, command) {
  const printed = run(folder, "npx", [...command, "demo", "--no-serve"]);
  expectText(
    what,
    printed,
    /Recorded 48 runs with 2880 invocations and 1440 embeddings of UniversalSentenceEncoder/,
  );
  expectText(what, printed, /47 clusters/);
  if (!existsSync(join(folder, "medoid.db"))) throw new Error(`${what} left no medoid.db where it ran`);
}

/** npx caches what it installs by the path of the tarball, which is different each time. */
function forgetNpx() {
  const cache = join(run(scratch, "npm", ["config", "get", "cache"]).trim(), "_npx");
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const manifest = join(cache, name, "package.json");
    if (existsSync(manifest) && readFileSync(manifest, "utf8").includes(scratch)) {
      rmSync(join(cache, name), { recursive: true });
    }
  }
}

function folderSize(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0);
}

try {
  run(root, "npm", ["pack", "--ignore-scripts", "--pack-destination", scratch]);
  const tarball = join(
    scratch,
    readdirSync(scratch).find((name) => name.endsWith(".tgz")),
  );
  const { size } = statSync(tarball);
  if (size > largestTarball) throw new Error(`The package is ${size} bytes, more than ${largestTarball}`);
  const installed = checkDependency(tarball);
  checkWithoutDevelopment();
  checkNpx(tarball);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `The package works alone: ${megabytes(size)} packed, ${megabytes(installed)} installed with all it needs.`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}
