// Builds the copy in which Stryker runs the tests. The packages are those of the checkout two folders above.
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";

symlinkSync("../../node_modules", "node_modules", "junction");
// Threads run only code of these folders; mutants of other folders run in the tests' own thread.
if (/^(clustering|database)/.test(process.env.MUTATION_FOLDER)) await import("../../scripts/build.js");
else cpSync("../../dist", "dist", { recursive: true });

// A thread reports which mutants it covers, for hooksAndThreads.js to record, and ends if a mutant never does.
const inThreads = `{
  const channel = new BroadcastChannel("mutants");
  const said = new Set();
  channel.onmessage = ({ data }) => data === "again" && said.clear();
  channel.unref();
  const say = (_covered, mutant) => {
    if (!said.has(mutant)) channel.postMessage(mutant);
    said.add(mutant);
    return true;
  };
  const covered = process.env.__STRYKER_ACTIVE_MUTANT__ ? {} : new Proxy({}, { get: () => 0, set: say });
  globalThis.__stryker__ = { mutantCoverage: { static: covered, perTest: {} }, hitCount: 0, hitLimit: 1e8 };
}
`;
for (const file of readdirSync("dist", { recursive: true })) {
  if (file.endsWith(".bundle.js"))
    writeFileSync(`dist/${file}`, inThreads + readFileSync(`dist/${file}`, "utf8"));
}
