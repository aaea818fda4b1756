import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Quick files first: the first test that fails decides. (By default Vitest begins with the slowest files.) */
class QuickFirst extends BaseSequencer {
  /** Milliseconds of each file in the first run, which runs all tests. */
  #durations = new Map<string, number>();

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    if (this.#durations.size === 0) {
      for (const { moduleId, project } of files) {
        const key = `${project.name}:${relative(project.config.root, moduleId)}`;
        const results = this.ctx.cache.getFileTestResults(key);
        if (results) this.#durations.set(moduleId, results.duration);
      }
    }
    const duration = ({ moduleId }: TestSpecification) => this.#durations.get(moduleId) ?? 0;
    return [...files].sort((a, b) => duration(a) - duration(b));
  }
}

export default defineConfig({
  resolve: {
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) }],
  },
  test: {
    include: (process.env.MUTATION_TESTS ?? "test/**/*.test.ts").split(";"),
    setupFiles: [fileURLToPath(new URL("hooksAndThreads.js", import.meta.url))],
    // Loading the program takes longer than most tests, so the test files share it.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
