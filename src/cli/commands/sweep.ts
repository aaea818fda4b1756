import { type Command, InvalidArgumentError, Option } from "commander";
import {
  plateauAgreement,
  plateausOf,
  type Recommendation,
  recommendedSetting,
  type SweptPoint,
} from "../../analysis/recommendedSetting.js";
import type { HdbscanParameters } from "../../clustering/parameters.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { decimal, resultId, wholeNumber } from "../options/clusterOptions.js";
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
  minClusterSize clusterSelectionMethod clusterSelectionEpsilon
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
    clusteringResult(id: $id) { parameters { minClusterSize maxClusterSize } }
  }
`;

type Method = HdbscanParameters["clusterSelectionMethod"];

export interface SweepPointData extends SweptPoint {
  clusterSelectionMethod: Method;
  largestClusterSize: number;
  adjustedRandIndex: number;
}

interface SweptResult extends ClusteringResultData {
  sweep: SweepPointData[];
}

interface SweepOptions {
  minClusterSize?: number[];
  method?: Method[];
  epsilon?: number[];
  allowSingleCluster?: boolean;
  json?: boolean;
}

/** Sizes that make each step about a doubling. */
const usualSizes = [5, 10, 20, 50, 100, 200];

/** The usual sizes and the result's own, as far as its maxClusterSize allows them. */
export function sizesToTry({ minClusterSize, maxClusterSize }: SizesOfResult): number[] {
  const sizes = new Set([...usualSizes, minClusterSize]);
  return [...sizes].filter((size) => maxClusterSize === null || size <= maxClusterSize).sort((a, b) => a - b);
}

interface SizesOfResult {
  minClusterSize: number;
  maxClusterSize: number | null;
}
const methods: readonly Method[] = ["EXCESS_OF_MASS", "LEAF"];

export function addSweepCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("sweep")
    .description("show what other parameters would give, from the stored tree, and recommend one")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .addOption(
      new Option(
        "--min-cluster-size <n,n>",
        `sizes to try (default: ${usualSizes.join(",")} and the result's own, up to its maxClusterSize)`,
      ).argParser(listOf(wholeNumber)),
    )
    .option("--method <m,m>", "EXCESS_OF_MASS, LEAF or both (default: the result's)", listOf(methodNamed))
    .option("--epsilon <x,x>", "values of clusterSelectionEpsilon (default: the result's)", listOf(decimal))
    .option("--allow-single-cluster", "one cluster may hold all embeddings (default: as in the result)")
    .option("--json", "print the data of the GraphQL response, the plateaus and the recommendation as JSON")
    .action((id: string | undefined, options: SweepOptions) =>
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

/** Reads a list whose values are separated by commas. */
function listOf<Value>(read: (text: string) => Value): (text: string) => Value[] {
  return (text) => text.split(",").map((part) => read(part.trim()));
}

function methodNamed(text: string): Method {
  const wanted = text.toUpperCase().replaceAll("-", "_");
  const found = methods.find((method) => method === wanted);
  if (found === undefined) throw new InvalidArgumentError(`Each must be ${methods.join(" or ")}.`);
  return found;
}

async function sweepResult(api: Api, id: string, options: SweepOptions, cli: Cli): Promise<void> {
  const { minClusterSize, method, epsilon, allowSingleCluster, json } = options;
  const input = {
    minClusterSizes: minClusterSize ?? (await sizesToTryOf(api, id, cli)),
    clusterSelectionMethods: method,
    clusterSelectionEpsilons: epsilon,
    allowSingleCluster,
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
  cli.stdout.write(formatSweep(clusteringResult, recommendation, options, cli));
}

async function sizesToTryOf(api: Api, id: string, cli: Cli): Promise<number[]> {
  const { clusteringResult } = await api.execute<{ clusteringResult: { parameters: SizesOfResult } | null }>(
    sizesQuery,
    { id },
  );
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  return sizesToTry(clusteringResult.parameters);
}

const optionOf: Record<string, string> = {
  minClusterSizes: "--min-cluster-size",
  clusterSelectionMethods: "--method",
  clusterSelectionEpsilons: "--epsilon",
};

/** A refusal of the API that names options instead of fields; any other error as it is. */
function inOptionWords(error: Error): Error {
  const fields = /\binput\.(minClusterSizes|clusterSelectionMethods|clusterSelectionEpsilons)(\.\d+)?/g;
  const message = error.message.replace(fields, (_, field: string) => optionOf[field]);
  return error instanceof CommandError && message !== error.message ? new ArgumentError(message) : error;
}

function formatSweep(
  result: SweptResult,
  recommendation: Recommendation<SweepPointData> | null,
  options: SweepOptions,
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
    const { minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon } = recommendation.point;
    const own = result.parameters as unknown as HdbscanParameters;
    const words = clusterWords({
      ...result,
      parameters: {
        ...own,
        ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
        maxClusterSize: clusterSelectionMethod === "LEAF" ? null : own.maxClusterSize,
        allowSingleCluster: options.allowSingleCluster ?? own.allowSingleCluster,
      },
    });
    lines.push(
      words === null
        ? "No options can name the result's filter: start it by the mutation clusterEmbeddings."
        : `Cluster with it: \`${command(...words)}\``,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** By method, epsilon and size, so that the settings of a plateau are next to each other. */
const inOrder = (points: readonly SweepPointData[]): SweepPointData[] =>
  [...points].sort(
    (a, b) =>
      methods.indexOf(a.clusterSelectionMethod) - methods.indexOf(b.clusterSelectionMethod) ||
      a.clusterSelectionEpsilon - b.clusterSelectionEpsilon ||
      a.minClusterSize - b.minClusterSize,
  );

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
    `${number(point.minClusterSize)}${point === recommendation?.point ? " *" : ""}`,
    point.clusterSelectionMethod === "LEAF" ? "LEAF" : "EOM",
    String(point.clusterSelectionEpsilon),
    number(point.clusterCount),
    percent(point.outlierCount / (embeddingCount ?? 1)),
    number(point.largestClusterSize),
    point.adjustedRandIndex.toFixed(2),
    point.adjustedRandIndexToSmaller?.toFixed(2) ?? "",
    plateauOf.get(point)?.toString() ?? "",
  ]);
  return fittedTable(
    [
      { title: "size" },
      { title: "method" },
      { title: "epsilon" },
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

const settingText = ({
  minClusterSize,
  clusterSelectionMethod,
  clusterSelectionEpsilon,
}: SweptPoint): string =>
  `size ${number(minClusterSize)}, ${clusterSelectionMethod}, epsilon ${clusterSelectionEpsilon}`;

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
