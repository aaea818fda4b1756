import { type Command, InvalidArgumentError } from "commander";
import type { Api } from "../api/api.js";
import { noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { fromOne, resultId } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { type ComparisonData, comparisonQuery, formatComparison } from "../output/comparison.js";
import { outputWidth } from "../output/outputWidth.js";
import { CommandError } from "../process.js";
import { carryNames, formatCarried } from "./carryNames.js";

const stateQuery = /* GraphQL */ `
  query State($id: ID!) { clusteringResult(id: $id) { status } }
`;

/** With more, the request would exceed a server's limit of cost. */
const mostShown = 200;

interface CompareOptions {
  first: number;
  carryNames?: boolean;
  json?: boolean;
}

export function addCompareCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("compare")
    .description(
      "compare two results: how far they agree, and which clusters continued, split, merged, were born or died",
    )
    .argument("<FROM>", "the id of the first clustering result, whose clusters are the old ones", resultId)
    .argument("<TO>", "the id of the second, whose clusters are the new ones", resultId)
    .option("--first <n>", `number of clusters of each kind to show, at most ${mostShown}`, shown, 10)
    .option("--carry-names", "give names and notes of clusters of FROM to those of TO that continue them")
    .option("--json", "print the data of the GraphQL response as JSON")
    .action((from: string, to: string, { first, json, carryNames: carries }: CompareOptions) =>
      withApi(cli(), async (api) => {
        const { stdout } = cli();
        const data = await api.execute<{ compareClusteringResults: ComparisonData | null }>(comparisonQuery, {
          ...{ from, to, first },
        });
        const comparison = data.compareClusteringResults;
        if (comparison === null) throw await notComparable(api, [from, to], cli());
        const carried = carries ? await carryNames(api, { from, to }) : null;
        if (json) {
          stdout.write(`${JSON.stringify({ ...data, ...carried }, null, 2)}\n`);
          return;
        }
        stdout.write(formatComparison(comparison, first, outputWidth(stdout)));
        if (carried !== null) stdout.write(`\n${formatCarried(carried)}`);
      }),
    );
  addNotes(
    command,
    "Only embeddings that took part in both results are counted; of results of two embedding models, embeddings of the same invocations.",
  );
  addExamples(
    command,
    "medoid compare FROM TO",
    "medoid compare FROM TO --first 50 --server https://example.org",
    "medoid compare FROM TO --carry-names",
  );
}

function shown(text: string): number {
  const value = fromOne(text);
  if (value > mostShown) throw new InvalidArgumentError(`It must be at most ${mostShown}.`);
  return value;
}

/** The error for two results of which one does not exist or has not succeeded. */
async function notComparable(api: Api, ids: string[], cli: Cli): Promise<CommandError> {
  for (const id of ids) {
    const { clusteringResult } = await api.execute<{ clusteringResult: { status: string } | null }>(
      stateQuery,
      { id },
    );
    if (clusteringResult === null) return noSuchResult(api, id, cli);
    if (clusteringResult.status !== "SUCCEEDED") {
      return new CommandError(
        `The clustering ${id} has not succeeded, so that there is nothing to compare: it is ${clusteringResult.status}.`,
      );
    }
  }
  return new CommandError("One of the results succeeded only now. Run the command again.");
}
