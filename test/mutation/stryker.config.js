const folder = process.env.MUTATION_FOLDER;

export default {
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  // Most texts are messages, which tests compare where they matter; headers are nothing but texts.
  mutator: { excludedMutations: folder === "server/browsers" ? [] : ["StringLiteral"] },
  // Threads run dist/, which is built from the changed sources.
  buildCommand: "node test/mutation/build.js",
  symlinkNodeModules: false,
  // Stryker rewrites it by the API of TypeScript 5, which TypeScript 7 lacks; nothing in it needs rewriting.
  tsconfigFile: "none",
  ignorePatterns: ["/.ci", "/reports", "/bench", "/dist"],
  tempDirName: ".stryker",
  cleanTempDir: "always",
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: `reports/mutation/${folder}.json` },
  clearTextReporter: { logTests: false, allowColor: false, reportTests: false },
  concurrency: 1,
  // Beside other work a test takes many times as long as alone.
  timeoutMS: 90_000,
  timeoutFactor: 3,
};
