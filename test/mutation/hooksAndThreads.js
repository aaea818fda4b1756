// Gives Stryker information that it cannot see by itself: which mutants are run by hooks, and which in worker threads.
// Stryker attributes what a hook runs (opening a database, starting a server) to no test, and would run every test of
// the folder for such a mutant. A thread has globals of its own: Stryker would neither see what it covers nor activate
// a mutant in it.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, inject } from "vitest";

const mutants = globalThis[inject("globalNamespace")];

if (inject("mode") === "mutant") {
  beforeAll(() => {
    process.env.__STRYKER_ACTIVE_MUTANT__ = inject("activeMutant"); // threads are started with a copy
  });
} else {
  const hooks = "hooks";
  let currentTest;
  let filesHooks;

  /** Threads report which mutants they cover (see build.js), each once until the report is requested again. */
  const threads = new BroadcastChannel("mutants");
  threads.onmessage = ({ data }) => {
    if (data === "again") return;
    const covered =
      mutants.currentTestId === undefined ? coverage().static : coveredBy(mutants.currentTestId);
    covered[data] = (covered[data] ?? 0) + 1;
  };
  const coverage = () => (mutants.mutantCoverage ??= { static: {}, perTest: {} });
  const coveredBy = (test) => (coverage().perTest[test] ??= {});

  Object.defineProperty(mutants, "currentTestId", {
    configurable: true,
    get: () => currentTest ?? filesHooks,
    set(test) {
      currentTest = test;
      threads.postMessage("again");
    },
  });
  beforeAll(() => {
    filesHooks = hooks;
  });
  afterAll(async (_context, file) => {
    await sleep(200); // the messages of threads that are idle by now
    threads.close();
    filesHooks = undefined;
    for (const test of testsOf(file)) {
      const covered = coveredBy(`${file.filepath}#${test}`);
      for (const [mutant, times] of Object.entries(coveredBy(hooks))) {
        covered[mutant] = (covered[mutant] ?? 0) + times;
      }
    }
    delete coverage().perTest[hooks];
  });
}

/** The names of tests in Stryker's form. */
function testsOf(suite, prefix = "") {
  return suite.tasks.flatMap((task) =>
    task.type === "suite" ? testsOf(task, `${prefix}${task.name} `) : [`${prefix}${task.name}`.trim()],
  );
}
