// A mutation run over one folder of src: Stryker changes one expression at a time and checks whether a test fails.
//   npm run test:mutation -- server/limits              every mutant of src/server/limits: hours
//   npm run test:mutation -- server/limits --part 1/10  those of every tenth block of lines
// The tests of a folder are listed below and run on SQLite; the report of each run is in reports/mutation/.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installTools } from "../../scripts/installedTools.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

/** The tests of each folder that do not start processes, because Stryker changes the code of its own process only. */
const tests = {
  clustering: [
    "test/clustering/{candidateEdges,degenerate,distanceBounds,golden,hdbscan}.test.ts",
    "test/clustering/{kernel,projectedRows,properties,rowOrder}.test.ts",
  ],
  database: [
    "test/database/**/*.test.ts",
    "test/import/{panicTda,runLines}.test.ts",
    "test/jobs/staging.test.ts",
    "test/resolvers/recordTrajectories.test.ts",
  ],
  jobs: ["test/jobs/**/*.test.ts"],
  resolvers: [
    "test/resolvers/**/*.test.ts",
    "test/schema/{errors,fields,ids,mutations,pagination,statements,subscription}.test.ts",
  ],
  "server/access": ["test/server/access/{keys,monitoringServer,ownHost,rateLimit,trustedDocuments}.test.ts"],
  "server/browsers": ["test/server/browsers/**/*.test.ts", "test/server/limits/exposure.test.ts"],
  "server/limits": [
    "test/server/limits/{bodySize,cost,documents,exposure,jsonSize,messages,requestTime,responseSize,writeTime}.test.ts",
  ],
};
/** The number of lines of a block. */
const stretch = 8;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { part: { type: "string" } } });
const [folder] = positionals;
const [part, parts] = (values.part ?? "1/1").split("/").map(Number);
if (!(folder in tests) || !(part >= 1 && part <= parts)) {
  console.error(`Usage: run.js ${Object.keys(tests).join("|")} [--part K/N]`);
  process.exit(2);
}

const files = readdirSync(`src/${folder}`, { recursive: true })
  .map((file) => `src/${folder}/${file}`)
  .filter((file) => file.endsWith(".ts") && !/\/(generated|assembly)\//.test(file))
  .sort();
let stretches = 0;
const mutate = files.flatMap((file) => {
  if (parts === 1) return [file];
  const lines = readFileSync(file, "utf8").split("\n").length;
  const chosen = [];
  for (let line = 1; line <= lines; line += stretch) {
    if (stretches++ % parts === part - 1) chosen.push(`${file}:${line}-${line + stretch - 1}`);
  }
  return chosen;
});

const stryker = "test/mutation/node_modules/@stryker-mutator/core/bin/stryker.js";
installTools("test/mutation");
// Threads run the code of other folders from here.
const build = spawnSync(process.execPath, ["scripts/build.js", "--if-changed"], { stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);
const report = `reports/mutation/${folder}.json`;
rmSync(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  [stryker, "run", "test/mutation/stryker.config.js", "--mutate", mutate.join(",")],
  {
    stdio: "inherit",
    env: { ...process.env, MUTATION_FOLDER: folder, MUTATION_TESTS: tests[folder].join(";") },
  },
);
if (existsSync(report)) console.log(scoreOf(JSON.parse(readFileSync(report, "utf8"))));
process.exit(status ?? 1);

/**
 * If a mutant prevents the tests from being loaded, Stryker reports that it survived, because no test of them has
 * failed.
 */
function scoreOf({ files }) {
  const count = { noticed: 0, notLoaded: 0, survived: 0, notCovered: 0 };
  for (const { status, testsCompleted } of Object.values(files).flatMap(({ mutants }) => mutants)) {
    if (status === "Killed" || status === "Timeout") count.noticed++;
    else if (status === "Survived" && testsCompleted === 0) count.notLoaded++;
    else if (status === "Survived") count.survived++;
    else if (status === "NoCoverage") count.notCovered++;
  }
  const all = count.noticed + count.notLoaded + count.survived + count.notCovered;
  const score = ((100 * (count.noticed + count.notLoaded)) / all).toFixed(1);
  return `${folder} ${part}/${parts}: ${all} mutants, ${score} % noticed; ${count.survived} survived, ${count.notCovered} in no test, ${count.notLoaded} could not be loaded`;
}
