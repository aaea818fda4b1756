import type { Command } from "commander";
import {
  plateauAgreement,
  plateausOf,
  type Recommendation,
  recommendedSetting,
  type SweptPoint,
} from "../../analysis/recommendedSetting.js";
import type { HdbscanParameters } from "../../clustering/parameters.js";
import {
  compareSettings,
  type SweepInput,
  type SweptParameters,
  withSetting,
} from "../../clustering/sweepSettings.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import {
  addSweepOptions,
  resultId,
  type SizesOfResult,
  type SweepOptions,
  sizesOfResult,
  sizesToTry,
  sweepInput,
  sweptParameters,
} from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import {
  type ClusteringResultData,
  clusteringResultFields,
  counted,
  name,
  number,
  percent,
} from "../output/clusteringResult.js";
import { clusterWords } from "../output/clusterWords.js";
import { fittedTable } from "../output/fittedTable.js";
import { outputWidth } from "../output/outputWidth.js";
import { ArgumentError, CommandError } from "../process.js";

/** Fields of SweepPoint: the data of `SweepPointData`. */
export const sweepPointFields = `
  ${sweptParameters.map(({ field }) => field).join(" ")}
  clusterCount outlierCount largestClusterSize adjustedRandIndex adjustedRandIndexToSmaller
`;

const sweepQuery = /* GraphQL */ `
  query Sweep($id: ID!, $input: SweepInput!) {
    clusteringResult(id: $id) {
      ${clusteringResultFields}
      sweep(input: $input) {
        ${sweepPointFields}
      }
    }
  }
`;

const sizesQuery = /* GraphQL */ `
  query SizesOfResult($id: ID!) {
    clusteringResult(id: $id) { parameters { ${sizesOfResult} } }
  }
`;

export interface SweepPointData extends SweptPoint {
  largestClusterSize: number;
  adjustedRandIndex: number;
}

interface SweptResult extends ClusteringResultData {
  sweep: SweepPointData[];
}

export function addSweepCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("sweep")
    .description("show what other parameters would give, from the stored tree, and recommend one")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId);
  addSweepOptions(command)
    .option("--json", "print the data of the GraphQL response, the plateaus and the recommendation as JSON")
    .action((id: string | undefined, options: SweepOptions & { json?: boolean }) =>
      withApi(cli(), async (api) => sweepResult(api, id ?? (await latestId(api, cli())), options, cli())),
    );
  addNotes(
    command,
    `Nothing is stored, and the result stays as it is. At most 100 combinations. A plateau is a row of neighbouring sizes whose clusters agree (adjusted Rand index of at least ${plateauAgreement}): there, the choice of the size hardly matters. docs/clustering.md says how one setting is recommended.`,
  );
  addExamples(
    command,
    "medoid sweep",
    "medoid sweep --min-cluster-size 5,10,20,50 --method EXCESS_OF_MASS,LEAF",
    "medoid sweep 0198c1b2-0000-7000-8005-000000000000 --epsilon 0,0.1,0.2 --json",
  );
}

async function sweepResult(
  api: Api,
  id: string,
  { json, ...options }: SweepOptions & { json?: boolean },
  cli: Cli,
): Promise<void> {
  const given = sweepInput(options);
  const input: SweepInput = {
    ...given,
    minClusterSizes: given.minClusterSizes ?? (await sizesToTryOf(api, id, cli)),
  };
  const { clusteringResult } = await api
    .execute<{ clusteringResult: SweptResult | null }>(sweepQuery, { id, input })
    .catch((error: Error) => {
      throw inOptionWords(error);
    });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  const { status, sweep } = clusteringResult;
  if (status !== "SUCCEEDED") {
    throw new CommandError(`The clustering ${id} has the status ${status}: it has no tree to read.`);
  }
  const recommendation = recommendedSetting(inOrder(sweep));
  if (json) {
    const plateaus = plateausOf(inOrder(sweep));
    cli.stdout.write(`${JSON.stringify({ clusteringResult, plateaus, recommendation }, null, 2)}\n`);
    return;
  }
  cli.stdout.write(formatSweep(clusteringResult, recommendation, input, cli));
}

async function sizesToTryOf(api: Api, id: string, cli: Cli): Promise<number[]> {
  const { clusteringResult } = await api.execute<{ clusteringResult: { parameters: SizesOfResult } | null }>(
    sizesQuery,
    { id },
  );
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  return sizesToTry(clusteringResult.parameters);
}

/** A refusal of the API that names options instead of fields; any other error as it is. */
function inOptionWords(error: Error): Error {
  const message = sweptParameters.reduce(
    (text, { list, option }) => text.replace(new RegExp(`\\binput\\.${list}(\\.\\d+)?`, "g"), `--${option}`),
    error.message,
  );
  return error instanceof CommandError && message !== error.message ? new ArgumentError(message) : error;
}

function formatSweep(
  result: SweptResult,
  recommendation: Recommendation<SweepPointData> | null,
  input: SweepInput,
  { stdout, command }: Cli,
): string {
  const { id, embeddingModel, embeddingCount } = result;
  const lines = [`${id}: ${counted(embeddingCount, "embedding")} of ${name(embeddingModel.name)}`];
  lines.push(sweepTable(result, recommendation, outputWidth(stdout)).trimEnd());
  lines.push(
    recommendation === null
      ? "No setting gives two clusters, so none is recommended."
      : `Recommended: ${recommendationText(recommendation, embeddingCount)}.`,
  );
  if (recommendation !== null) {
    const own = result.parameters as unknown as HdbscanParameters;
    const words = clusterWords({ ...result, parameters: withSetting(own, recommendation.point, input) });
    lines.push(
      words === null
        ? "No options can name the result's filter: start it by the mutation clusterEmbeddings."
        : `Cluster with it: \`${command(...words)}\``,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The settings of a plateau next to each other. */
const inOrder = (points: readonly SweepPointData[]): SweepPointData[] => [...points].sort(compareSettings);

function sweepTable(
  { sweep, embeddingCount }: SweptResult,
  recommendation: Recommendation<SweepPointData> | null,
  width: number,
): string {
  const sorted = inOrder(sweep);
  const plateauOf = new Map(
    plateausOf(sorted).flatMap(({ points }, at) => points.map((point) => [point, at + 1])),
  );
  const rows = sorted.map((point) => [
    ...sweptParameters.map(({ shown }, at) =>
      at === 0 && point === recommendation?.point ? `${shown(point)} *` : shown(point),
    ),
    number(point.clusterCount),
    percent(point.outlierCount / (embeddingCount ?? 1)),
    number(point.largestClusterSize),
    point.adjustedRandIndex.toFixed(2),
    point.adjustedRandIndexToSmaller?.toFixed(2) ?? "",
    plateauOf.get(point)?.toString() ?? "",
  ]);
  return fittedTable(
    [
      ...sweptParameters.map(({ title }) => ({ title })),
      { title: "clusters", align: "right" },
      { title: "outliers", align: "right" },
      { title: "largest", align: "right" },
      { title: "as now", align: "right" },
      { title: "as above", align: "right" },
      { title: "plateau", align: "right" },
    ],
    rows,
    width,
  );
}

/** Which setting is recommended, and why, in one line. */
export const recommendationText = (
  recommendation: Recommendation<SweepPointData>,
  embeddingCount: number | null,
): string => `${settingText(recommendation.point)}: ${reason(recommendation, embeddingCount)}`;

const settingText = (point: SweptParameters): string =>
  sweptParameters.map(({ inWords }) => inWords(point)).join(", ");

function reason(
  { point, plateau, closestAgreement }: Recommendation<SweepPointData>,
  embeddingCount: number | null,
): string {
  const outliers = percent(point.outlierCount / (embeddingCount ?? 1));
  if (plateau !== null) {
    const [first, last] = [plateau.points[0], plateau.points[plateau.points.length - 1]];
    return `sizes ${number(first.minClusterSize)} to ${number(last.minClusterSize)} give nearly the same clusters (agreement ${plateau.leastAgreement.toFixed(2)} or more), and of these it has the fewest outliers, ${outliers}`;
  }
  return closestAgreement === null
    ? `it has the fewest outliers, ${outliers}; with several sizes, it would show whether they agree`
    : `no neighbouring sizes agree by ${plateauAgreement}; this one agrees most with a neighbour (${closestAgreement.toFixed(2)}), with ${outliers} outliers`;
}
