import type { Command } from "commander";
import type { Api } from "../api/api.js";
import { allPages, type PageData, pageFields, pages } from "../api/pages.js";
import { importedNameOf } from "../api/recordedIds.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { fromOne } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { isKnown, minute, networkText, number } from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { outputWidth } from "../output/outputWidth.js";
import { columnsOf, quoted, shortened } from "../output/printable.js";

const runsQuery = /* GraphQL */ `
  query Runs($first: Int!, $after: String) {
    runs(first: $first, after: $after) {
      ${pageFields}
      edges {
        node {
          id
          createdAt
          network
          initialPrompt
          metadata
          invocationCount
          invocations(first: 1) { edges { node { externalId outputText } } }
        }
      }
    }
  }
`;

/** The data of a run in a list. */
interface ListedRun {
  id: string;
  createdAt: string;
  network: string[];
  initialPrompt: string;
  metadata: unknown;
  invocationCount: number;
  /** The first invocation. */
  invocations: { edges: { node: { externalId: string | null; outputText: string | null } }[] };
}

interface RunsOptions {
  first: number;
  after?: string;
  json?: boolean;
}

/** The number of runs that are listed by default: there may be millions. */
const defaultCount = 20;
/** Runs are read in pages of this many, because prompts may be long. */
const runsPerPage = 100;

export function addRunsCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("runs")
    .description("list the runs, the most recently recorded first, with their networks and prompts or texts")
    .option("--first <n>", "number of runs to list", fromOne, defaultCount)
    .option("--after <cursor>", "list the runs after this place: the cursor that the page before ends with")
    .option("--json", "print the data of the GraphQL responses as JSON")
    .action(({ first, after, json }: RunsOptions) =>
      withApi(cli(), (api) => (json ? printJson : printTable)(api, { first, after }, cli())),
    );
  addNotes(
    command,
    "Times are in UTC. The name is that of an imported table and of the run in it, or the session or trace; without one, the external id of the first invocation is shown. `medoid run` takes all of these.",
  );
  addExamples(command, "medoid runs", "medoid runs --first 1000 --json");
}

const readRuns = (api: Api) => async (page: object) =>
  (await api.execute<{ runs: PageData<ListedRun> }>(runsQuery, { ...page })).runs;

async function printJson(api: Api, options: RunsOptions, { stdout }: Cli): Promise<void> {
  const runs = await allPages(readRuns(api), { ...options, pageSize: runsPerPage });
  stdout.write(`${JSON.stringify({ runs }, null, 2)}\n`);
}

async function printTable(api: Api, { first: requested, after }: RunsOptions, cli: Cli): Promise<void> {
  const { stdout, command } = cli;
  let first = requested;
  let isStarted = false;
  for await (const page of pages(readRuns(api), { first, after, pageSize: runsPerPage })) {
    const runs = page.edges.map(({ node }) => node);
    if (!isStarted && runs.length > 0) stdout.write(runsHeader);
    isStarted ||= runs.length > 0;
    stdout.write(runs.map((run) => formatRun(run, outputWidth(stdout))).join(""));
    first -= runs.length;
    if (first > 0 || !page.pageInfo.hasNextPage) continue;
    const next = command("runs", "--first", String(requested), "--after", page.pageInfo.endCursor ?? "");
    stdout.write(`There are more, of ${number(page.totalCount)} runs in all: \`${next}\`\n`);
  }
  if (!isStarted && after === undefined)
    stdout.write(`${(await nextStep(api, cli)) ?? "There are no runs."}\n`);
}

const idWidth = 36;
const timeWidth = 16;
const countWidth = 11;

const row = (id: string, time: string, count: string, name: string) =>
  `${id.padEnd(idWidth)}  ${time.padEnd(timeWidth)}  ${count.padStart(countWidth)}  ${name}`.trimEnd();

/** The columns of `formatRun`. */
const runsHeader = `${row("id", "recorded (UTC)", "invocations", "name")}\n`;

/** Formats a run as two lines: numbers in columns, and its network, if it is known, and prompt or text. */
function formatRun(run: ListedRun, width: number): string {
  const { id, createdAt, network, initialPrompt, invocationCount, invocations } = run;
  const { externalId, outputText } = invocations.edges[0]?.node ?? {};
  const name = importedNameOf(id, run.metadata) ?? externalId;
  const bareId = id.split(":").at(-1) ?? id;
  const first = row(bareId, minute(createdAt), number(invocationCount), name ? shortened(name, width) : "");
  const models = network.some(isKnown) ? shortened(`  ${networkText(network)}`, width) : null;
  // What a run of one invocation is about, such as the row of a table, is its text if it has no prompt.
  const text = initialPrompt || (invocationCount === 1 ? outputText : null);
  const lines = [shortened(first, width)];
  if (models !== null) lines.push(`${models}${text ? textAfter(models, text, width) : ""}`);
  else if (text) lines.push(`  ${quoted(text, width - 2)}`);
  return `${lines.join("\n")}\n`;
}

/** The narrowest width for a text on the line of a network. */
const narrowestText = 30;

/** A text behind a network, or on a line of its own if there is too little room. */
function textAfter(models: string, text: string, width: number): string {
  const left = width - columnsOf(models) - 2;
  return left < narrowestText ? `\n  ${quoted(text, width - 2)}` : `: ${quoted(text, left)}`;
}
