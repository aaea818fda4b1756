import type { Command } from "commander";
import type { Cli } from "./cli.js";
import { CommandError, InterruptedError } from "./commandErrors.js";

export function addSampleCommand(program: Command, cli: () => Cli): void {
  program
    .command("sample")
    .description("record the sample that comes with Medoid; run again, it adds nothing")
    .option("--json", "print the report as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const { open, stdout, signal, progressBar } = cli();
      const medoid = await open();
      const bar = progressBar("Loading the sample");
      try {
        const { loadSample } = await import("../import/loadSample.js");
        const report = await loadSample(medoid, { signal, onProgress: (progress) => bar.update(progress) });
        bar.stop();
        if (json) {
          stdout.write(`${JSON.stringify(report, null, 2)}\n`);
          return;
        }
        const { taken, alreadyThere, embeddingModel } = report;
        stdout.write(
          taken.runCount + taken.invocationCount + taken.embeddingCount === 0
            ? `The sample is already there: ${alreadyThere.runCount} runs with ${alreadyThere.embeddingCount} embeddings of ${embeddingModel}.\n`
            : `Recorded ${taken.runCount} runs with ${taken.invocationCount} invocations and ${taken.embeddingCount} embeddings of ${embeddingModel}.\n`,
        );
        stdout.write(`Cluster them with \`medoid cluster --embedding-model ${embeddingModel}\`.\n`);
      } catch (error) {
        bar.stop();
        if (signal.aborted) throw new InterruptedError("Stopped. Run it again to go on.");
        if (error instanceof Error && error.name === "SampleConflictError")
          throw new CommandError(error.message);
        throw error;
      } finally {
        await medoid.close();
      }
    });
}
