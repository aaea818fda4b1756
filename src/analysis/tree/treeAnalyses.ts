import type { SpanningTreeOfRows } from "../../clustering/spanningTreeOfRows.js";
import { type SweepPoint, type SweepSetting, sweep } from "../../clustering/sweep.js";

/**
 * What can be computed from the spanning tree of a clustering alone, by name. Each runs on a thread, calls
 * `throwIfStopped` between its steps, and takes and returns what can be posted to a thread.
 */
export const treeAnalyses = {
  sweep: (
    tree: SpanningTreeOfRows,
    { settings, own }: { settings: SweepSetting[]; own: SweepSetting },
    throwIfStopped: () => void,
  ): SweepPoint[] => sweep(tree, settings, own, throwIfStopped),
};

export type TreeAnalyses = typeof treeAnalyses;
export type InputOf<Name extends keyof TreeAnalyses> = Parameters<TreeAnalyses[Name]>[1];
export type OutputOf<Name extends keyof TreeAnalyses> = ReturnType<TreeAnalyses[Name]>;
