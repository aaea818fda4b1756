const folder = process.env.MUTATION_FOLDER;

export default {
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  // Most strings are messages, which tests compare where they matter; headers, however, consist only of strings.
  mutator: { excludedMutations: folder === "server/browsers" ? [] : ["StringLiteral"] },
  // Threads run dist/, which is built from the mutated sources.
  buildCommand: "node test/mutation/build.js",
  symlinkNodeModules: false,
  // Stryker would rewrite it with the API of TypeScript 5, which TypeScript 7 lacks; nothing in it needs rewriting.
  tsconfigFile: "none",
  ignorePatterns: ["/.ci", "/reports", "/bench", "/dist"],
  tempDirName: ".stryker",
  cleanTempDir: "always",
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: `reports/mutation/${folder}.json` },
  clearTextReporter: { logTests: false, allowColor: false, reportTests: false },
  concurrency: 1,
  // Beside other work a test takes many times as long as on an idle machine.
  timeoutMS: 90_000,
  timeoutFactor: 3,
};
