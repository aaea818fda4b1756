import type { Api } from "../api/api.js";
import { listedNames, modelsWithEmbeddings } from "../api/existingResult.js";
import { runToEnd, startByMutation } from "../api/runToEnd.js";
import type { Cli } from "../cli.js";
import { type ClusterOptions, clusterInput } from "../options/clusterOptions.js";
import { counted, number } from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { outputWidth } from "../output/outputWidth.js";
import { printableLines, quoted } from "../output/printable.js";
import { formatWalk, type Walk } from "../output/walk.js";
import { CommandError, InterruptedError } from "../process.js";
import { readWalk, type ShowOptions } from "./show.js";

/** What became of the clustering of one embedding model: its result, or the reason why there is none. */
interface Outcome {
  embeddingModel: string;
  clusteringResult: Walk | null;
  error: string | null;
}

/** The width in columns of a name in a message. */
const nameWidth = 60;

/**
 * Clusters the embeddings of each model, one model after another, and prints each result when it is there. A
 * clustering that fails does not keep the others from being computed.
 * @throws CommandError at the end, if one has failed; InterruptedError at once on Ctrl-C
 */
export async function clusterAllModels(
  api: Api,
  options: ClusterOptions & ShowOptions,
  cli: Cli,
): Promise<void> {
  const { stdout, stderr, command } = cli;
  const models = await modelsWithEmbeddings(api);
  if (models.length === 0) throw new CommandError((await nextStep(api, cli)) ?? "");
  const outcomes: Outcome[] = [];
  for (const embeddingModel of models) {
    const outcome = await clusterOne(api, embeddingModel, options, cli);
    const { clusteringResult, error } = outcome;
    if (error !== null) {
      stderr.write(`${quoted(embeddingModel, nameWidth)}: ${printableLines(error)}\n`);
    } else if (clusteringResult && !options.json) {
      const isFirst = outcomes.every((each) => each.clusteringResult === null);
      stdout.write(`${isFirst ? "" : "\n"}${formatWalk(clusteringResult, outputWidth(stdout), command)}`);
    }
    outcomes.push(outcome);
  }
  if (options.json) stdout.write(`${JSON.stringify({ clusterings: outcomes }, null, 2)}\n`);
  const failed = outcomes.filter(({ error }) => error !== null);
  if (failed.length === 0) return;
  throw new CommandError(
    `${number(failed.length)} of ${counted(models.length, "embedding model")} failed: ${listedNames(failed.map((each) => each.embeddingModel))}.`,
  );
}

async function clusterOne(
  api: Api,
  embeddingModel: string,
  options: ClusterOptions & ShowOptions,
  cli: Cli,
): Promise<Outcome> {
  try {
    const id = await startByMutation(api, clusterInput(options, embeddingModel));
    await runToEnd(api, { kind: "clustering", id }, cli);
    const clusteringResult = await readWalk(api, id, options.first, cli).catch((error: Error) => {
      throw new CommandError(notShown(id, error, cli));
    });
    return { embeddingModel, clusteringResult, error: null };
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof InterruptedError) throw error;
    return { embeddingModel, clusteringResult: null, error: error.message };
  }
}

/** The message for a result that has been computed but cannot be read. */
export function notShown(id: string, error: Error, { command }: Cli): string {
  return `The clustering succeeded, but its result cannot be shown: ${error.message}\nTry \`${command("show", id)}\`.`;
}
