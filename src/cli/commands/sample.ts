import type { Command } from "commander";
import type { App } from "../../app.js";
import type { SampleReport } from "../../import/sample/loadSample.js";
import type { Cli } from "../cli.js";
import { CommandError, InterruptedError } from "../process.js";

export function addSampleCommand(program: Command, cli: () => Cli): void {
  program
    .command("sample")
    .description("record the sample data that comes with Medoid; recording it again adds nothing")
    .option("--json", "print the report as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const { open, stdout, command } = cli();
      const app = await open({}, { creates: true });
      try {
        const report = await recordSample(app, cli());
        if (json) {
          stdout.write(`${JSON.stringify(report, null, 2)}\n`);
          return;
        }
        stdout.write(formatSampleReport(report));
        stdout.write(
          `Cluster the embeddings with \`${command("cluster", "--embedding-model", report.embeddingModel)}\`.\n`,
        );
      } finally {
        await app.close();
      }
    });
}

/**
 * Records the sample, and shows a progress bar.
 *
 * @throws CommandError if different data is recorded under the sample's ids, InterruptedError on Ctrl-C
 */
export async function recordSample(app: App, { signal, progressBar }: Cli): Promise<SampleReport> {
  const { loadSample } = await import("../../import/sample/loadSample.js");
  const bar = progressBar("Loading the sample");
  try {
    return await loadSample(app, { signal, onProgress: (progress) => bar.update(progress) });
  } catch (error) {
    if (signal.aborted) throw new InterruptedError("Stopped. Run the command again to continue.");
    const isConflict = error instanceof Error && error.name === "SampleConflictError";
    throw isConflict ? new CommandError(error.message) : error;
  } finally {
    bar.stop();
  }
}

export function formatSampleReport({ taken, alreadyThere, embeddingModel }: SampleReport): string {
  if (taken.runCount + taken.invocationCount + taken.embeddingCount === 0) {
    return `The sample is already recorded: ${alreadyThere.runCount} runs with ${alreadyThere.embeddingCount} embeddings of ${embeddingModel}.\n`;
  }
  return `Recorded ${taken.runCount} runs with ${taken.invocationCount} invocations and ${taken.embeddingCount} embeddings of ${embeddingModel}.\n`;
}
