import type { App } from "../../app.js";
import { parameterFaults } from "../../clustering/index.js";
import type { SweepPoint, SweepSetting } from "../../clustering/sweep.js";
import { type InputIssue, InvalidInputError, quotedValue } from "../errors.js";
import { RequestError } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";
import type { SqlReader } from "../statement.js";
import { treeOfResult } from "./treeOfResult.js";

/** SweepInput of the API. */
interface SweepInput {
  minClusterSizes: readonly number[];
  clusterSelectionMethods?: readonly SweepSetting["clusterSelectionMethod"][] | null;
  clusterSelectionEpsilons?: readonly number[] | null;
  allowSingleCluster?: boolean | null;
}

/** The most combinations of parameters that one sweep may have. */
export const mostCombinations = 100;

/**
 * The number of distinct vectors for which an analysis of a tree, or a combination of a sweep, takes about as long as
 * reading a row.
 */
export const vectorsPerRow = 1000;

export type SweptSetting = SweepSetting & SweepPoint;

/**
 * What other parameters of selection would give, one point for each combination: by size as given, then by method, then
 * by epsilon.
 * @returns an empty list until the clustering has succeeded
 * @throws RequestError INVALID_INPUT, and as `treeOfResult`
 */
export async function sweepResult(
  app: Pick<App, "analyses">,
  row: ClusteringResultRow,
  input: SweepInput,
  { signal, rowsRead }: Pick<SqlReader, "signal" | "rowsRead">,
): Promise<SweptSetting[]> {
  const settings = requestedSettings(row, input);
  if (row.status !== "SUCCEEDED") return [];
  const tree = await treeOfResult(app, row, signal);
  await rowsRead?.beginWork(settings.length * Math.ceil(tree.points / vectorsPerRow));
  const points = await app.analyses.run("sweep", tree, { settings, own: settingOf(row) }, { signal });
  return settings.map((setting, at) => ({ ...setting, ...points[at] }));
}

/** The parameters of a result that select clusters from its tree. */
export function settingOf(row: ClusteringResultRow): SweepSetting {
  const {
    minClusterSize,
    clusterSelectionMethod,
    clusterSelectionEpsilon,
    maxClusterSize,
    allowSingleCluster,
  } = row;
  return {
    ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
    ...{ maxClusterSize, allowSingleCluster },
  };
}

function requestedSettings(row: ClusteringResultRow, input: SweepInput): SweepSetting[] {
  const own = settingOf(row);
  const lists = {
    minClusterSizes: input.minClusterSizes,
    clusterSelectionMethods: input.clusterSelectionMethods ?? [own.clusterSelectionMethod],
    clusterSelectionEpsilons: input.clusterSelectionEpsilons ?? [own.clusterSelectionEpsilon],
  };
  const issues: InputIssue[] = [];
  for (const [name, list] of Object.entries(lists)) {
    if (list.length > 0) continue;
    issues.push({ path: ["input", name], message: "must have at least one value.", value: "[]" });
  }
  const combinations = Object.values(lists).reduce((product, { length }) => product * length, 1);
  if (combinations > mostCombinations) {
    const [sizes, methods, epsilons] = Object.values(lists).map(({ length }) => length);
    const message = `must make at most ${mostCombinations} combinations with the other lists; ${sizes} sizes × ${methods} methods × ${epsilons} epsilons are ${combinations}.`;
    issues.push({ path: ["input", "minClusterSizes"], message, value: String(combinations) });
  } else {
    const withLeast = { ...own, maxClusterSize: null };
    addFaults(
      lists.minClusterSizes,
      "minClusterSize",
      (minClusterSize) => ({ ...withLeast, minClusterSize }),
      issues,
    );
    addFaults(
      lists.clusterSelectionEpsilons,
      "clusterSelectionEpsilon",
      (clusterSelectionEpsilon) => ({ ...withLeast, clusterSelectionEpsilon }),
      issues,
    );
    addTooLarge(own, lists, issues);
  }
  if (issues.length > 0) throw new RequestError(new InvalidInputError(issues));
  const allowSingleCluster = input.allowSingleCluster ?? own.allowSingleCluster;
  return lists.minClusterSizes.flatMap((minClusterSize) =>
    lists.clusterSelectionMethods.flatMap((clusterSelectionMethod) =>
      lists.clusterSelectionEpsilons.map((clusterSelectionEpsilon) => ({
        ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon, allowSingleCluster },
        // It bounds the choice of EXCESS_OF_MASS alone.
        maxClusterSize: clusterSelectionMethod === "LEAF" ? null : own.maxClusterSize,
      })),
    ),
  );
}

/** Reports each value of a list that a clustering would refuse. */
function addFaults(
  values: readonly number[],
  field: "minClusterSize" | "clusterSelectionEpsilon",
  settingWith: (value: number) => SweepSetting,
  issues: InputIssue[],
): void {
  for (const [at, value] of values.entries()) {
    for (const fault of parameterFaults(settingWith(value))) {
      if (fault.field !== field) continue;
      const message = `${fault.message.replace(`${field} `, "")}.`;
      issues.push({ path: ["input", `${field}s`, String(at)], message, value: quotedValue(value) });
    }
  }
}

/** Reports each size above the result's maxClusterSize, which a clustering by EXCESS_OF_MASS would refuse. */
function addTooLarge(
  { maxClusterSize }: SweepSetting,
  lists: { minClusterSizes: readonly number[]; clusterSelectionMethods: readonly string[] },
  issues: InputIssue[],
): void {
  if (maxClusterSize === null || !lists.clusterSelectionMethods.includes("EXCESS_OF_MASS")) return;
  for (const [at, size] of lists.minClusterSizes.entries()) {
    if (size <= maxClusterSize) continue;
    const message = `must be at most the result's maxClusterSize, ${maxClusterSize}, with EXCESS_OF_MASS.`;
    issues.push({ path: ["input", "minClusterSizes", String(at)], message, value: quotedValue(size) });
  }
}
