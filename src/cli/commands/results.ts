import type { Command } from "commander";
import { resolveParameters } from "../../clustering/parameters.js";
import { noResultOf } from "../api/existingResult.js";
import { allPages, type PageData, pageFields } from "../api/pages.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { fromOne } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import {
  type ClusteringResultData,
  clusteringResultFields,
  filterText,
  minute,
  name,
  number,
  outlierShare,
  parametersText,
} from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { outputWidth } from "../output/outputWidth.js";
import { quoted, shortened } from "../output/printable.js";

const resultsQuery = /* GraphQL */ `
  query Results($first: Int!, $after: String, $filter: ClusteringResultFilter) {
    clusteringResults(first: $first, after: $after, filter: $filter) {
      ${pageFields}
      edges { node { ${clusteringResultFields} } }
    }
  }
`;

interface ResultsOptions {
  first?: number;
  embeddingModel?: string;
  json?: boolean;
}

export function addResultsCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("results")
    .description(
      "list the clusterings, newest first, with their clusters, outliers, parameters and filters; also those that wait, run, failed or were cancelled",
    )
    .option("--first <n>", "number of clusterings to list (default: all)", fromOne)
    .option("--embedding-model <name>", "list only clusterings of this embedding model")
    .option("--json", "print the data of the GraphQL responses as JSON")
    .action(({ first, embeddingModel, json }: ResultsOptions) =>
      withApi(cli(), async (api) => {
        const { stdout } = cli();
        const filter = embeddingModel === undefined ? undefined : { embeddingModel };
        const results = await allPages(
          async (page) => {
            const data = await api.execute<{ clusteringResults: PageData<ClusteringResultData> }>(
              resultsQuery,
              {
                ...page,
                filter,
              },
            );
            return data.clusteringResults;
          },
          { first },
        );
        if (json) {
          stdout.write(`${JSON.stringify({ clusteringResults: results }, null, 2)}\n`);
          return;
        }
        if (results.edges.length === 0) {
          if (embeddingModel !== undefined) throw await noResultOf(api, cli(), embeddingModel);
          stdout.write(`${(await nextStep(api, cli())) ?? "There are no clusterings."}\n`);
          return;
        }
        const nodes = results.edges.map(({ node }) => node);
        stdout.write(formatResults(nodes, results.totalCount, outputWidth(stdout)));
      }),
    );
  addNotes(
    command,
    "Times are in UTC. Of the parameters, those that have their default are left out: `show ID` prints all.",
  );
  addExamples(
    command,
    "medoid results",
    "medoid results --first 10 --embedding-model all-MiniLM-L6-v2",
    "medoid results --json",
  );
}

/** Parameters are printed if they differ from these, the API's defaults; those of size always, as they matter most. */
const { minClusterSize: _, minSamples: __, ...defaults } = resolveParameters({ normalize: true });

const idWidth = 36;
const timeWidth = 16;
const numberWidth = 8;

/** Formats clusterings as a table of two lines each, numbers in columns, and what was clustered how; those that have a name
 * have a line for it. */
function formatResults(results: ClusteringResultData[], totalCount: number, width: number): string {
  const row = (id: string, time: string, rest: string) =>
    `${id.padEnd(idWidth)}  ${time.padEnd(timeWidth)}  ${rest}`;
  const counts = (clusters: string, outliers: string) =>
    `${clusters.padStart(numberWidth)}  ${outliers.padStart(numberWidth)}`;
  const lines = [row("id", "requested (UTC)", counts("clusters", "outliers"))];
  for (const result of results) {
    const { id, status, progress, createdAt, clusterCount } = result;
    const outcome =
      status === "SUCCEEDED"
        ? counts(number(clusterCount), outlierShare(result) ?? "")
        : `${status}${status === "RUNNING" ? ` ${Math.floor(100 * progress)} %` : ""}`;
    // The id without its type, so that the table fits into 80 columns.
    lines.push(row(id.split(":").at(-1) ?? id, minute(createdAt), outcome));
    if (result.name !== null) lines.push(`  ${quoted(result.name, width - 2)}`);
    lines.push(shortened(`  ${inputText(result)}`, width));
    if (result.failure) lines.push(shortened(`  ${result.failure.code}: ${result.failure.message}`, width));
  }
  const more = totalCount - results.length;
  if (more > 0)
    lines.push(`… and ${number(more)} more (--first ${totalCount}, or leave out --first for all).`);
  return `${lines.join("\n")}\n`;
}

/** What was clustered, and how. */
function inputText({ embeddingModel, algorithm, parameters, filter }: ClusteringResultData): string {
  const unusual = Object.entries(parameters).filter(
    ([key, value]) => (defaults as Record<string, unknown>)[key] !== value,
  );
  const how = `${algorithm === "HDBSCAN" ? "" : `${algorithm} `}${parametersText(Object.fromEntries(unusual))}`;
  return [name(embeddingModel.name), how, filterText(filter)].filter((part) => part !== null).join("; ");
}
