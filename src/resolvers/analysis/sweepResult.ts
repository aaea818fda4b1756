import type { App } from "../../app.js";
import type { SweepPoint, SweepSetting } from "../../clustering/sweep.js";
import { combinedSettings, type SweepInput, settingOf, sweepFaults } from "../../clustering/sweepSettings.js";
import { InvalidInputError, quotedValue } from "../errors.js";
import { RequestError } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";
import type { SqlReader } from "../statement.js";
import { treeOfResult, vectorsPerRow } from "./treeOfResult.js";

/** The most combinations of parameters that one sweep may have. */
export const mostCombinations = 100;

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
  const issues = sweepFaults(row, input, mostCombinations).map(({ path, message, value }) => ({
    ...{ path: ["input", ...path], message, value: quotedValue(value) },
  }));
  if (issues.length > 0) throw new RequestError(new InvalidInputError(issues));
  const settings = combinedSettings(row, input);
  if (row.status !== "SUCCEEDED") return [];
  const tree = await treeOfResult(app, row, signal);
  await rowsRead?.beginWork(settings.length * Math.ceil(tree.points / vectorsPerRow));
  const points = await app.analyses.run("sweep", tree, { settings, own: settingOf(row) }, { signal });
  return settings.map((setting, at) => ({ ...setting, ...points[at] }));
}
