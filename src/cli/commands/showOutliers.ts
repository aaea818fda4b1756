import { type Recommendation, recommendedSetting } from "../../analysis/recommendedSetting.js";
import type { HdbscanParameters } from "../../clustering/parameters.js";
import type { Api } from "../api/api.js";
import { noSuchResult } from "../api/existingResult.js";
import type { Cli } from "../cli.js";
import { sizesToTry } from "../options/clusterOptions.js";
import {
  type ClusteringResultData,
  clusteringResultFields,
  counted,
  number,
  outlierShare,
  percent,
} from "../output/clusteringResult.js";
import { networkShares, networksText, type ShareData } from "../output/composition.js";
import { CommandError } from "../process.js";
import { recommendationText, type SweepPointData, sweepPointFields } from "./sweep.js";

const outliersQuery = /* GraphQL */ `
  query Outliers($id: ID!, $within: [Float!]!, $sweep: SweepInput!) {
    clusteringResult(id: $id) {
      joiningOutliers(within: $within) { within outlierCount }
      outlierComposition${networkShares}
      sweep(input: $sweep) { ${sweepPointFields} }
    }
  }
`;
const resultQuery = /* GraphQL */ `
  query ResultOfOutliers($id: ID!) { clusteringResult(id: $id) { ${clusteringResultFields} } }
`;

interface OutliersData {
  joiningOutliers: { within: number; outlierCount: number }[];
  outlierComposition: ShareData[];
  sweep: SweepPointData[];
}

/** Multiples of a cluster's largest height: the outliers within the first are hardly farther than its members. */
const within = [1.1, 1.25, 1.5];

/** Where the outliers of a result belong, and what other parameters would make of them. */
export interface OutlierSummary extends OutliersData {
  result: ClusteringResultData;
  recommendation: Recommendation<SweepPointData> | null;
}

export async function readOutliers(api: Api, id: string, cli: Cli): Promise<OutlierSummary> {
  const { clusteringResult: result } = await api.execute<{ clusteringResult: ClusteringResultData | null }>(
    resultQuery,
    { id },
  );
  if (result === null) throw await noSuchResult(api, id, cli);
  if (result.status !== "SUCCEEDED") {
    throw new CommandError(`The clustering ${id} has the status ${result.status}: it has no outliers yet.`);
  }
  const sweep = { minClusterSizes: sizesToTry(result.parameters as unknown as HdbscanParameters) };
  const { clusteringResult } = await api.execute<{ clusteringResult: OutliersData | null }>(outliersQuery, {
    ...{ id, within, sweep },
  });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  return { result, ...clusteringResult, recommendation: recommendedSetting(clusteringResult.sweep) };
}

/** As text for a terminal. */
export function formatOutliers({
  result,
  joiningOutliers,
  outlierComposition,
  recommendation,
}: OutlierSummary): string {
  const { outlierCount, embeddingCount } = result;
  const share = outlierShare(result);
  const lines = [
    `Outliers: ${number(outlierCount)} of ${counted(embeddingCount, "embedding")}${share ? ` (${share})` : ""}`,
  ];
  for (const { within, outlierCount: joining } of joiningOutliers) {
    const ofThem = outlierCount ? ` (${percent(joining / outlierCount)})` : "";
    lines.push(
      `  ${number(joining)}${ofThem} join their nearest cluster within ${within} × its own largest height`,
    );
  }
  const networks = networksText(outlierComposition);
  if (networks !== null) lines.push(`  networks: ${networks}`);
  lines.push(
    recommendation === null
      ? "Sweep: no size gives two clusters"
      : `Sweep: ${recommendationText(recommendation, embeddingCount)}`,
  );
  return `${lines.join("\n")}\n`;
}
