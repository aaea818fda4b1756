import { type Command, Option } from "commander";
import type { Api } from "../api/api.js";
import { findLatestId, latestId, noSuchResult } from "../api/existingResult.js";
import { type PageData, pageFields, pages } from "../api/pages.js";
import { findRun } from "../api/recordedIds.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { resultId } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { counted, isKnown, minute, name, networkText } from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { outputWidth } from "../output/outputWidth.js";
import { columnsOf, padded, quoted, shortened } from "../output/printable.js";
import { CommandError } from "../process.js";

const resultQuery = /* GraphQL */ `
  query PathResult($id: ID!) {
    clusteringResult(id: $id) { id status clusterCount embeddingModel { name } }
  }
`;

/** Reads a page of a run's invocations. @param assignments the fields of the embedding that the result has clustered */
const runQuery = (variables: string, assignments: string) => /* GraphQL */ `
  query Run($id: ID!, $first: Int!, $after: String${variables}) {
    run(id: $id) {
      id
      createdAt
      network
      initialPrompt
      seed
      maxLength
      metadata
      invocations(first: $first, after: $after) {
        ${pageFields}
        edges {
          node {
            id
            externalId
            sequenceNumber
            model
            outputText
            outputImage { mediaType }
            ${assignments}
          }
        }
      }
    }
  }
`;
const runWithoutResult = runQuery("", "");
const runThroughResult = runQuery(
  ", $embeddingModel: String!, $clusteringResultId: ID!",
  `embedding(embeddingModel: $embeddingModel) {
    id
    assignment(clusteringResultId: $clusteringResultId) { isMedoid probability cluster { id label } }
  }`,
);

interface PathResult {
  id: string;
  status: string;
  clusterCount: number | null;
  embeddingModel: { name: string };
}

interface RunData {
  id: string;
  createdAt: string;
  network: string[];
  initialPrompt: string;
  seed: number | string | null;
  maxLength: number | null;
  metadata: unknown;
  invocations: PageData<PathStep>;
}

interface PathStep {
  id: string;
  externalId: string | null;
  sequenceNumber: number;
  model: string;
  outputText: string | null;
  outputImage: { mediaType: string } | null;
  /** Absent if there is no result. */
  embedding?: {
    assignment: { isMedoid: boolean; cluster: { label: number } | null } | null;
  } | null;
}

interface RunOptions {
  result?: string;
  embeddingModel?: string;
  json?: boolean;
}

/** Invocations are read in pages of this many, because texts may be long. */
const invocationsPerPage = 100;

export function addRunCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("run")
    .description(
      "show a run and its path through the clusters of a result: the model, output and cluster of each invocation",
    )
    .argument(
      "<ID>",
      "the id of the run or of one of its invocations, an external id, or the names of an imported table and of the run or the row's id in it: chats/17; or of imported traces the session or trace",
    )
    .addOption(
      new Option("--result <ID>", "the clustering result (default: the latest that succeeded)")
        .argParser(resultId)
        .conflicts("embeddingModel"),
    )
    .option("--embedding-model <name>", "the latest result of this embedding model, instead of --result")
    .option("--json", "print the data of the GraphQL responses as JSON")
    .action((id: string, options: RunOptions) =>
      withApi(cli(), async (api) => {
        const runId = await findRun(api, id);
        const result = await pathResult(api, options, cli());
        await (options.json ? printJson : printPath)(api, runId, result, cli());
      }),
    );
  addNotes(
    command,
    'The column "cluster" has the label of the cluster, with * if the output is its medoid. It is empty for an output that took no part in the clustering.',
  );
  addExamples(
    command,
    "medoid run 0198c1b2-0000-7000-8001-000000000000",
    "medoid run chats/17 --embedding-model all-MiniLM-L6-v2",
    "medoid run row-17 --result 0198c1b2-0000-7000-8005-000000000000 --json",
  );
}

/** The result through which the path is shown; null if nothing has been clustered yet. */
async function pathResult(
  api: Api,
  { result, embeddingModel }: RunOptions,
  cli: Cli,
): Promise<PathResult | null> {
  const id =
    result ??
    (embeddingModel === undefined ? await findLatestId(api) : await latestId(api, cli, embeddingModel));
  if (id === null) return null;
  const { clusteringResult } = await api.execute<{ clusteringResult: PathResult | null }>(resultQuery, {
    id,
  });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  if (clusteringResult.status !== "SUCCEEDED") {
    throw new CommandError(
      `The clustering ${id} has the status ${clusteringResult.status}: it has no clusters.`,
    );
  }
  return clusteringResult;
}

/** The run with its invocations, page by page. */
async function* runPages(api: Api, runId: string, result: PathResult | null): AsyncGenerator<RunData> {
  const [document, variables] = result
    ? [runThroughResult, { clusteringResultId: result.id, embeddingModel: result.embeddingModel.name }]
    : [runWithoutResult, {}];
  let run: RunData | undefined;
  const read = async (page: object) => {
    const data = await api.execute<{ run: RunData | null }>(document, { id: runId, ...variables, ...page });
    if (data.run === null) throw new CommandError(`The run ${runId} was deleted.`);
    run = data.run;
    return data.run.invocations;
  };
  for await (const _ of pages(read, { pageSize: invocationsPerPage })) if (run) yield run;
}

async function printJson(
  api: Api,
  runId: string,
  clusteringResult: PathResult | null,
  { stdout }: Cli,
): Promise<void> {
  let all: RunData | undefined;
  for await (const run of runPages(api, runId, clusteringResult)) {
    all ??= { ...run, invocations: { ...run.invocations, edges: [] } };
    all.invocations.edges.push(...run.invocations.edges);
  }
  const { invocations, ...run } = all as RunData;
  const { totalCount, edges } = invocations;
  stdout.write(
    `${JSON.stringify({ clusteringResult, run: { ...run, invocations: { totalCount, edges } } }, null, 2)}\n`,
  );
}

async function printPath(api: Api, runId: string, result: PathResult | null, cli: Cli): Promise<void> {
  const { stdout, command } = cli;
  const width = outputWidth(stdout);
  let columns: PathColumns | undefined;
  let isInResult = false;
  let imageOf: string | undefined;
  for await (const run of runPages(api, runId, result)) {
    const steps = run.invocations.edges.map(({ node }) => node);
    if (!columns) {
      columns = pathColumns(run, result);
      stdout.write(formatRunHeader(run, result, width));
      if (steps.length > 0) stdout.write(formatPathHeader(columns));
    }
    for (const step of steps) {
      isInResult ||= step.embedding?.assignment != null;
      if (step.outputImage) imageOf ??= step.id;
      stdout.write(formatStep(step, columns, width));
    }
  }
  const hints: string[] = [];
  if (result === null) hints.push((await nextStep(api, cli)) ?? "");
  else if (!isInResult)
    hints.push(
      `No embedding of the run took part in the clustering. \`${command("results")}\` lists others.`,
    );
  if (imageOf)
    hints.push(`An image is written to a file by \`${command("image", imageOf, "--out", "image")}\`.`);
  if (hints.length > 0) stdout.write(`\n${hints.join("\n")}\n`);
}

/** The columns of a path: those that have something to say. */
interface PathColumns {
  hasSteps: boolean;
  hasClusters: boolean;
  /** 0 if no model is known. */
  modelWidth: number;
  /** 0 if no invocation has an external id. */
  externalIdWidth: number;
}

const clusterWidth = 9;
const stepWidth = 6;
const widestName = 24;

/** Column widths by the first page, so that the others can be printed as they arrive. */
function pathColumns({ invocations }: RunData, result: PathResult | null): PathColumns {
  const nodes = invocations.edges.map(({ node }) => node);
  const widest = (texts: string[], title: string) =>
    Math.max(title.length, ...texts.map((text) => columnsOf(shortened(text, widestName))));
  const models = nodes.map(({ model }) => model);
  const externalIds = nodes.flatMap(({ externalId }) => externalId ?? []);
  return {
    hasSteps: invocations.totalCount > 1,
    hasClusters: result !== null,
    modelWidth: models.some(isKnown) ? widest(models, "model") : 0,
    externalIdWidth: externalIds.length === 0 ? 0 : widest(externalIds, "external id"),
  };
}

/** Formats what is known of a run as a whole. */
function formatRunHeader(run: RunData, result: PathResult | null, width: number): string {
  const { id, createdAt, network, initialPrompt, seed, maxLength, metadata, invocations } = run;
  const lines = [
    `${id}  ${counted(invocations.totalCount, "invocation")}, recorded ${minute(createdAt)} UTC`,
  ];
  if (network.some(isKnown)) lines.push(shortened(`network   ${networkText(network)}`, width));
  if (initialPrompt !== "") lines.push(`prompt    ${quoted(initialPrompt, width - 10)}`);
  if (seed !== null) lines.push(`seed      ${seed}`);
  if (maxLength !== null) lines.push(`length    at most ${maxLength}`);
  if (metadata !== null) lines.push(shortened(`metadata  ${JSON.stringify(metadata)}`, width));
  if (result) {
    const { clusterCount, embeddingModel } = result;
    lines.push(
      `clusters  of ${result.id}: ${counted(clusterCount, "cluster")} of ${name(embeddingModel.name)}; * marks medoids`,
    );
  }
  return `${lines.join("\n")}\n\n`;
}

function formatPathHeader(columns: PathColumns): string {
  return `${pathRow(columns, "step", "cluster", "model", "external id", "output").trimEnd()}\n`;
}

/** Formats an invocation as one line. */
function formatStep(step: PathStep, columns: PathColumns, width: number): string {
  const { sequenceNumber, model, externalId, outputText, outputImage, embedding } = step;
  const assignment = embedding?.assignment;
  const cluster = !assignment
    ? ""
    : assignment.cluster === null
      ? "outlier"
      : `${assignment.cluster.label}${assignment.isMedoid ? " *" : ""}`;
  const before = pathRow(columns, String(sequenceNumber), cluster, model, externalId ?? "", "");
  const left = Math.max(narrowestOutput, width - columnsOf(before));
  const output =
    outputText !== null
      ? quoted(outputText, left)
      : outputImage
        ? `${outputImage.mediaType}, ${step.id}`
        : "";
  return `${`${before}${output}`.trimEnd()}\n`;
}

/** The narrowest width of an output, which makes the line longer if need be. */
const narrowestOutput = 20;

function pathRow(
  { hasSteps, hasClusters, modelWidth, externalIdWidth }: PathColumns,
  step: string,
  cluster: string,
  model: string,
  externalId: string,
  output: string,
): string {
  const cells: string[] = [];
  if (hasSteps) cells.push(step.padStart(stepWidth));
  if (hasClusters) cells.push(cluster.padEnd(clusterWidth));
  if (modelWidth > 0) cells.push(padded(shortened(model, modelWidth), modelWidth));
  if (externalIdWidth > 0) cells.push(padded(shortened(externalId, externalIdWidth), externalIdWidth));
  return [...cells, output].join("  ");
}
